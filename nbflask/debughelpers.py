"""Explanations for people who debug: of missing uploads, of redirects that lose a
form, of templates that were not found. Imported only when one is needed.
"""

from __future__ import annotations

import typing as t

from werkzeug.routing import RequestRedirect

from .ctx import _cv_request

if t.TYPE_CHECKING:
    from jinja2 import BaseLoader

    from .typing import Application

# What a loader found: source, file name, whether it is up to date.
_Found: t.TypeAlias = tuple[str, "str | None", "t.Callable[[], bool] | None"]
_Attempt: t.TypeAlias = tuple["BaseLoader", t.Any, "_Found | None"]


class UnexpectedUnicodeError(AssertionError, UnicodeError):
    """Text or bytes turned up where the other was expected."""


class DebugFilesKeyError(KeyError, AssertionError):
    """request.files lacks a file whose name came as an ordinary form field."""

    def __init__(self, request: t.Any, key: str) -> None:
        self.msg = (
            f"You tried to access the file {key!r} in the request.files"
            " dictionary but it does not exist. The mimetype for the"
            f" request is {request.mimetype!r} instead of"
            " 'multipart/form-data' which means that no file contents"
            " were transmitted. To fix this error you should provide"
            ' enctype="multipart/form-data" in your form.'
        )
        if submitted := request.form.getlist(key):
            names = ", ".join(map(repr, submitted))
            self.msg += (
                "\n\nThe browser instead transmitted some file names."
                f" This was submitted: {names}"
            )

    def __str__(self) -> str:
        return self.msg


class FormDataRoutingRedirect(AssertionError):
    """Routing redirects a request in a way that would lose its form."""

    def __init__(self, request: t.Any) -> None:
        redirect = request.routing_exception
        assert isinstance(redirect, RequestRedirect)
        slash_was_added = f"{request.base_url}/" == redirect.new_url.partition("?")[0]
        slash_rule = (
            " The URL was defined with a trailing slash. Flask will redirect to"
            " the URL with a trailing slash if it was accessed without one."
        )
        super().__init__(
            f"A request was sent to '{request.url}', but routing issued a redirect"
            f" to the canonical URL '{redirect.new_url}'."
            f"{slash_rule if slash_was_added else ''}"
            " Send requests to the canonical URL, or use 307 or 308 for routing"
            " redirects. Otherwise, browsers will drop form data.\n\nThis exception"
            " is only raised in debug mode."
        )


def attach_enctype_error_multidict(request: t.Any) -> None:
    """Make request.files[key] explain itself if the form has that key instead."""
    plain: t.Any = type(request.files)

    class Explaining(plain):  # type: ignore[misc]
        def __getitem__(self, key: str) -> t.Any:
            try:
                return super().__getitem__(key)
            except KeyError as error:
                if key in request.form:
                    explained = DebugFilesKeyError(request, key)
                    raise explained.with_traceback(error.__traceback__) from None
                raise

    # It goes by the name of what it stands in for.
    Explaining.__name__ = plain.__name__
    Explaining.__module__ = plain.__module__
    request.files.__class__ = Explaining


def explain_template_loading_attempts(
    app: Application, template: str, attempts: list[_Attempt]
) -> None:
    """Log where a template was looked for, for EXPLAIN_TEMPLATE_LOADING.

    Each attempt is a loader, the application or blueprint that it belongs to,
    and what it found, or None.
    """
    lines = [f"Locating template {template!r}:"]
    for number, attempt in enumerate(attempts, start=1):
        lines += _describe_attempt(number, attempt)
    found = sum(triple is not None for _, _, triple in attempts)
    lines += _warn_of_count(found)
    app.logger.info("\n".join(lines))


def _describe_attempt(number: int, attempt: _Attempt) -> t.Iterator[str]:
    loader, source, triple = attempt
    yield f"{number:5}: trying loader of {_describe_source(source)}"
    yield from (f"       {line}" for line in _facts(loader))
    detail = "no match" if triple is None else f"found ({triple[1] or '<string>'!r})"
    yield f"       -> {detail}"


def _describe_source(source: t.Any) -> str:
    # Told apart by what they have: their classes live on floors above.
    if hasattr(source, "wsgi_app"):
        return f"application {source.import_name!r}"
    if hasattr(source, "url_prefix"):
        return f"blueprint {source.name!r} ({source.import_name})"
    return repr(source)


def _facts(loader: BaseLoader) -> t.Iterator[str]:
    """Yield the class of a loader and its public, printable attributes."""
    kind = type(loader)
    yield f"class: {kind.__module__}.{kind.__name__}"
    for name in sorted(vars(loader)):
        if not name.startswith("_"):
            yield from _fact(name, vars(loader)[name])


def _fact(name: str, value: t.Any) -> t.Iterator[str]:
    match value:
        case str() | int() | float():
            yield f"{name}: {value!r}"
        case list() | tuple() if all(isinstance(item, str) for item in value):
            yield f"{name}:"
            yield from (f"  - {item}" for item in value)


def _warn_of_count(found: int) -> t.Iterator[str]:
    if found == 1:
        return
    if found == 0:
        yield "Error: the template could not be found."
    else:
        yield "Warning: multiple loaders returned a match for the template."
    context = _cv_request.get(None)
    blueprint = None if context is None else context.request.blueprint
    if blueprint is not None:
        yield (
            "  The template was looked up from an endpoint that belongs to the"
            f" blueprint {blueprint!r}."
        )
        yield "  Maybe you did not place a template in the right folder?"
        yield "  See https://flask.palletsprojects.com/blueprints/#templates"
