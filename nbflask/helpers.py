"""What a view calls: URLs, redirects, errors, files, flashed messages. Each asks
the current application, whose methods of the same names do the work.
"""

from __future__ import annotations

import os
import sys
import typing as t
from contextlib import ExitStack, suppress
from functools import update_wrapper
from importlib.util import find_spec

import werkzeug.exceptions
import werkzeug.utils

from .ctx import current_app_context, current_request_context, request_context_for
from .current import _cv_app
from .registry.table import scopes_of
from .signals import announce, message_flashed
from .wrappers import Response

if t.TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Response as BaseResponse


def _is_on(variable: str) -> bool | None:
    """Whether a variable of the environment is other than 0, false and no.

    None if it is unset or empty.
    """
    value = os.environ.get(variable)
    return value.lower() not in {"0", "false", "no"} if value else None


def get_debug_flag() -> bool:
    """Return whether FLASK_DEBUG is set, to other than 0, false or no."""
    return _is_on("FLASK_DEBUG") is True


def get_load_dotenv(default: bool = True) -> bool:
    """Return whether .env files are loaded: unless FLASK_SKIP_DOTENV says no.

    The default is the answer while that variable is unset or empty.
    """
    skip = _is_on("FLASK_SKIP_DOTENV")
    return default if skip is None else not skip


@t.overload
def stream_with_context(
    generator_or_function: t.Iterator[t.AnyStr],
) -> t.Iterator[t.AnyStr]: ...


@t.overload
def stream_with_context(
    generator_or_function: t.Callable[..., t.Iterator[t.AnyStr]],
) -> t.Callable[[t.Iterator[t.AnyStr]], t.Iterator[t.AnyStr]]: ...


def stream_with_context(generator_or_function: t.Any) -> t.Any:
    """Keep the request's context while a response is streamed.

    Takes an iterator of str or bytes, or decorates a function that returns one.
    The contexts are those of the moment of the call; outside a request that is
    a RuntimeError.
    """
    try:
        stream = iter(generator_or_function)
    except TypeError:
        return _streaming(generator_or_function)
    contextual = _in_captured_contexts(stream)
    # Runs up to the first yield, where the contexts have been captured.
    next(contextual)
    return contextual


def _streaming(function: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    """Return the function so that each stream that it returns has a context."""

    def start(*args: t.Any, **kwargs: t.Any) -> t.Any:
        return stream_with_context(function(*args, **kwargs))

    return update_wrapper(start, function)


def _in_captured_contexts(stream: t.Iterator[t.Any]) -> t.Iterator[t.Any]:
    """Capture the contexts, yield None once, then the stream within them."""
    request_context = request_context_for("stream_with_context")
    app_context = _cv_app.get()
    yield None
    with ExitStack() as stack:
        stack.enter_context(app_context)
        stack.enter_context(request_context)
        # Also when the server gives up half way: yield from closes only what
        # it was reading at that moment.
        stack.callback(getattr(stream, "close", _nothing))
        yield from stream


def _nothing() -> None:
    """Stands in for the close method of a stream that has none."""


def make_response(*args: t.Any) -> Response:
    """Return the response that a view returning these arguments would get.

    make_response("body", 404) is the response of `return "body", 404`; without
    arguments it is empty.
    """
    app = current_app_context().app
    if not args:
        response: Response = app.response_class()
    else:
        response = app.make_response(args[0] if len(args) == 1 else args)
    return response


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: t.Any,
) -> str:
    """Return the URL of an endpoint, by the current application's url_for.

    Values that the rule does not know become the query string. Outside a
    request the URL is absolute, for which SERVER_NAME must be set.
    """
    __tracebackhide__ = True
    url: str = current_app_context().app.url_for(
        endpoint,
        _anchor=_anchor,
        _method=_method,
        _scheme=_scheme,
        _external=_external,
        **values,
    )
    return url


def redirect(
    location: str, code: int = 302, Response: type[BaseResponse] | None = None
) -> BaseResponse:
    """Return a response that sends the client to another URL.

    The current application makes it, if there is one; then Response, the class
    to use, is ignored.
    """
    context = _cv_app.get(None)
    if context is None:
        return werkzeug.utils.redirect(location, code=code, Response=Response)
    response: BaseResponse = context.app.redirect(location, code=code)
    return response


def abort(code: int | BaseResponse, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
    """End the request with the HTTP error of that status, or with a response.

    Further arguments go to the exception. The current application's aborter
    raises it, if there is one. An unknown status is a LookupError.
    """
    context = _cv_app.get(None)
    if context is not None:
        context.app.aborter(code, *args, **kwargs)
    # Reached without an application, and if its aborter did not raise.
    werkzeug.exceptions.abort(code, *args, **kwargs)


def get_template_attribute(template_name: str, attribute: str) -> t.Any:
    """Return a macro or variable that a template exports, to use it in Python."""
    template = current_app_context().app.jinja_env.get_template(template_name)
    return getattr(template.module, attribute)


def flash(message: str, category: str = "message") -> None:
    """Keep a message in the session until get_flashed_messages fetches it.

    Any category will do; "message", "error", "info" and "warning" are usual.
    """
    session = current_request_context().session
    # Set anew: the session does not notice changes inside its lists.
    session["_flashes"] = [*session.get("_flashes", ()), (category, message)]
    app = current_app_context().app
    announce(message_flashed, app, message=message, category=category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: t.Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the flashed messages out of the session and return them.

    All calls within one request return the same messages. With categories they
    are pairs of category and message; the filter lists the wanted categories.
    """
    context = current_request_context()
    if context.flashes is None:
        session = context.session
        # Asked first: the null session, always empty, does not let us pop.
        waiting = "_flashes" in session
        context.flashes = session.pop("_flashes") if waiting else []
    flashes: list[tuple[str, str]] = context.flashes
    if category_filter:
        flashes = [flashed for flashed in flashes if flashed[0] in category_filter]
    if with_categories:
        return flashes
    return [text for _, text in flashes]


def _surroundings(max_age: t.Any) -> dict[str, t.Any]:
    """What Werkzeug must know of the request and application to send a file."""
    environ = current_request_context().request.environ
    app = current_app_context().app
    return {
        "_root_path": app.root_path,
        "environ": environ,
        "max_age": app.get_send_file_max_age if max_age is None else max_age,
        "response_class": app.response_class,
        "use_x_sendfile": app.config["USE_X_SENDFILE"],
    }


def send_file(
    path_or_file: os.PathLike[t.AnyStr] | str | t.IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | int | float | None = None,
    max_age: int | t.Callable[[str | None], int | None] | None = None,
) -> Response:
    """Return a response with the contents of a file.

    A path is relative to the application's root path; a file must be open in
    binary mode. max_age is in seconds, or a function of the file's path that
    returns them; the default is the application's get_send_file_max_age. Never
    pass a path that a user gave: that is what send_from_directory is for.
    """
    return werkzeug.utils.send_file(  # type: ignore[return-value]
        path_or_file,  # type: ignore[arg-type]
        last_modified=last_modified,
        etag=etag,
        conditional=conditional,
        mimetype=mimetype,
        download_name=download_name,
        as_attachment=as_attachment,
        **_surroundings(max_age),
    )


def send_from_directory(
    directory: os.PathLike[str] | str,
    path: os.PathLike[str] | str,
    **kwargs: t.Any,
) -> Response:
    """Return a response with a file from below a directory; else 404.

    The directory is relative to the application's root path. The path may come
    from a user: it cannot lead out of the directory. Keywords as in send_file.
    """
    options = kwargs | _surroundings(kwargs.get("max_age"))
    response: t.Any = werkzeug.utils.send_from_directory(directory, path, **options)
    return response  # type: ignore[no-any-return]


def get_root_path(import_name: str) -> str:
    """Return the directory of a module or package, by its import name.

    It is the working directory if there is no such file, as in a notebook.
    Raises RuntimeError for a namespace package, which has no one directory.
    """
    filename = getattr(sys.modules.get(import_name), "__file__", None)
    if filename is None:
        loader = _find_loader(import_name)
        if loader is None:
            return os.getcwd()
        filename = _loaded_from(loader, import_name)
    return os.path.dirname(os.path.abspath(filename))


def _find_loader(import_name: str) -> t.Any:
    # ValueError: __main__ in a shell, which has no spec.
    with suppress(ImportError, ValueError):
        return getattr(find_spec(import_name), "loader", None)
    return None


def _loaded_from(loader: t.Any, import_name: str) -> str:
    tell: t.Callable[[str], str | None]
    tell = getattr(loader, "get_filename", _told_by_module)
    filename = tell(import_name)
    if filename is None:
        raise RuntimeError(
            "No root path can be found for the provided module"
            f" {import_name!r}. This can happen because the module"
            " came from an import hook that does not provide file"
            " name information or because it's a namespace package."
            " In this case the root path needs to be explicitly"
            " provided."
        )
    return filename


def _told_by_module(import_name: str) -> str | None:
    """Import a module whose loader cannot tell its file; it may know itself."""
    __import__(import_name)
    return getattr(sys.modules[import_name], "__file__", None)


def _split_blueprint_path(name: str) -> list[str]:
    """Return a dotted name and those around it: "a.b" gives ["a.b", "a"]."""
    return [name, *filter(None, scopes_of(name))]
