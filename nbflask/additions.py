"""What an app can be given beyond what Flask knows: templates and static files as
text, which are found before those of a folder; adapters of what views return; and
what another app has.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from io import BytesIO
from mimetypes import guess_type
from typing import Any, TypeVar

from .adapting import refuse_unadaptable
from .ctx import table_in_use
from .errors import ContentConflict
from .helpers import send_file
from .registrar import Registrar, setupmethod
from .registry.policies import owner_for, policy
from .registry.records import Adapter, Record, StaticFile, TemplateSource
from .registry.registry import AppRegistry

V = TypeVar("V")


class Additions(Registrar):
    """What apps have and Flask's have not. Mixed into the app."""

    registry: AppRegistry
    jinja_env: Any

    @setupmethod
    def add_template(self, name: str, source: str, *, line: int = 1) -> None:
        """Give the app a template as text, which is found before any file.

            app.add_template("hello.html", "Hello {{ name }}!")
            render_template("hello.html", name="Ada")

        `line` says where the source begins in what the author wrote, if not at its
        first line, for those who show errors. Raises jinja2.TemplateSyntaxError for
        a source that cannot be read, ValueError for a name that is no template's.
        """
        refuse_path(name, "template", 'such as "page.html"')
        record = TemplateSource(
            owner=owner_for(source), target=source, name=name, line=line
        )
        self.jinja_env.parse(source, name, record.filename)
        self._file_content(record)

    @setupmethod
    def add_static_file(
        self, path: str, content: str | bytes, mimetype: str | None = None
    ) -> None:
        """Give the app a static file as text or bytes, served before any file.

            app.add_static_file("app.css", "h1 { color: teal }")
            url_for("static", filename="app.css")

        The content type follows from the path's ending, if no `mimetype` is given;
        text is sent as UTF-8. Raises ValueError for a path that cannot be served.
        """
        refuse_path(path, "static file", 'such as "css/app.css"')
        if not self.has_static_folder:
            raise ValueError(
                f"The app serves no static files, so {path!r} cannot be served: make it"
                ' with Flask(__name__, static_folder="static"). The folder need not'
                " exist."
            )
        if isinstance(content, str) and mimetype is None:
            mimetype = guess_type(path)[0] or "text/plain"
        sent = content.encode() if isinstance(content, str) else bytes(content)
        owner = owner_for(content)
        self._file_content(
            StaticFile(owner=owner, target=sent, path=path, mimetype=mimetype)
        )

    @setupmethod
    def adopt(self, former: Additions) -> tuple[Record, ...]:
        """Take over what another app has registered and this one lacks, under the
        owners that it has there: routes, hooks, handlers, templates, blueprints, …

            app = Flask(__name__)
            app.adopt(former)

        Configuration, extensions and the Jinja environment stay with the other app.
        Returns the records that have moved. Raises ValueError if one of them cannot
        be in force here, such as a rule whose converter is missing; then none has.
        """
        if not isinstance(former, Additions) or former is self:
            raise TypeError(f"adopt takes another app, not {former!r}.")
        from .registry.adoption import adopt

        try:
            return adopt(self.registry, former.registry)
        except (LookupError, ValueError) as error:
            reason = str(error.args[0] if error.args else error)
            raise ValueError(f"Nothing was taken over: {reason}") from error

    @setupmethod
    def response_adapter(
        self, kind: type[V]
    ) -> Callable[[Callable[[V], Any]], Callable[[V], Any]]:
        """Let views return values of a class: the decorated function adapts them.

        It returns what a view may return, or offers: a dict of media types and
        functions that make such a body, for the request to choose by its Accept
        header. The first is the default; one that returns None is no offer. The
        most specific class counts.
        """
        refuse_unadaptable(kind)

        def decorate(function: Callable[[V], Any]) -> Callable[[V], Any]:
            owner = owner_for(function)
            self.file(Adapter(owner=owner, target=function, kind=kind))
            return function

        return decorate

    def send_static_file(self, filename: str) -> Any:
        """Answer with a static file, one given as text before one of the folder."""
        found = table_in_use(self).static_files.get(filename)
        if found is None:
            return super().send_static_file(filename)
        return send_file(
            BytesIO(found.target),
            mimetype=found.mimetype,
            download_name=posixpath.basename(filename),
            etag=found.etag,
            max_age=self.get_send_file_max_age(filename),
        )

    def _file_content(self, record: TemplateSource | StaticFile) -> None:
        """File a record, unless it is there already. Raises ContentConflict."""
        known: Any = next(iter(self.registry.find(record.key)), None)
        if known is not None:
            same = contents_of(known) == contents_of(record)
            if same and policy().shares(known):
                return
            if not same and policy().refuses(known):
                from .registry.telling import describe

                raise ContentConflict(describe(record), known.owner)
        self.file(record)


def contents_of(record: TemplateSource | StaticFile) -> tuple[Any, str | None]:
    return record.target, getattr(record, "mimetype", None)


def refuse_path(path: str, what: str, example: str) -> None:
    """Raise ValueError for what neither a loader nor a URL can find."""
    if not isinstance(path, str) or not path:
        raise ValueError(f"A {what} needs a name, {example}, not {path!r}.")
    parts = path.split("/")
    if "\\" in path or not {"", ".", ".."}.isdisjoint(parts):
        plain = path.replace("\\", "/").split("/")
        kept = "/".join(each for each in plain if each not in {"", ".", ".."})
        fix = f"write {kept!r}" if kept else f"write a name, {example}"
        raise ValueError(
            f"The {what} {path!r} cannot be found by that name: {fix}, a path without"
            " a slash at its ends, and without '.' and '..'."
        )
