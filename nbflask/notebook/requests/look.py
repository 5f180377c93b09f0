"""From what is there, a response or a context, to what its card shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import RequestRedirect

from ...ctx import AppContext, RequestContext
from ...reach import view_record
from ...registry.records import short_name
from ...story import endpoint_of
from ...testing import ClientResponse
from ...tracing import full_path
from ..cells.contents import owner_of_static
from ..cells.contexts import Context, Pushed, app_context_of
from ..display.contexts import ContextView
from ..display.tree import shorten
from ..display.view import Hop, ResponseView
from ..failures.chains import failure_of
from ..failures.frames import LOGGED_FAILURE
from .hints import hints
from .steps import answered, origin

#: Of one value in a context so many characters are shown.
MOST_OF_A_VALUE = 300


def view_of(
    response: ClientResponse,
    shell: Any,
    *,
    verbose: bool = False,
    log: str = "",
    truncated: str | None = None,
    notes: Iterable[str] = (),
    title: str = "",
) -> ResponseView:
    """Gather all that is known of a response."""
    request = response.request
    story = response.story
    view = None if story.table is None else view_record(story.table, story.endpoint)
    file = owner_of_static(response)
    error = response.exception
    body, sent = response.data, request.environ.get("nbflask.body", b"")
    return ResponseView(
        method=request.method,
        path=full_path(request),
        status_code=response.status_code,
        reason=reason_of(response),
        headers=tuple(response.headers.items()),
        body=body,
        mimetype=response.mimetype or "",
        charset=response.mimetype_params.get("charset", "utf-8"),
        elapsed=response.elapsed.total_seconds(),
        endpoint=story.endpoint,
        view_name=None if view is None or file else shown_name(view.target),
        cell=file or (None if view is None else str(view.owner)),
        redirects=tuple(hop_of(each) for each in response.history),
        cookies_set=tuple(cookies_in(response)),
        request_headers=tuple(request.headers.items()) if verbose else None,
        request_body=sent,
        failure=None if error is None else failure_of(error, shell),
        log=log_beside(story.failure, log),
        hints=(
            *notes,
            *origin(response, shell),
            *answered(response, shell),
            *hints(response, shell),
        ),
        truncated=truncated,
        title=title,
    )


def reason_of(response: ClientResponse) -> str:
    """Return the status's reason as HTTP writes it, a person's own as it is."""
    reason = response.status.partition(" ")[2]
    try:
        usual = HTTPStatus(response.status_code).phrase
    except ValueError:
        return reason
    return usual if reason.upper() == usual.upper() else reason


def hop_of(response: Any) -> Hop:
    return Hop(
        response.request.method,
        full_path(response.request),
        response.status_code,
        response.headers.get("Location", ""),
    )


def cookies_in(response: ClientResponse) -> Iterable[tuple[str, str]]:
    for line in response.headers.getlist("Set-Cookie"):
        name, _, rest = line.partition("=")
        yield name, rest


def shown_name(function: Any) -> str:
    """Return a function's name for people: "static", "<lambda>", of a class based
    view the class."""
    return short_name(function).partition(" ")[0]


def log_beside(error: BaseException | None, log: str) -> str:
    """Return what was logged, without the traceback that the card shows anyway."""
    return log if error is None else LOGGED_FAILURE.sub("", log)


def context_view(pushed: Pushed, names: Mapping[str, object]) -> ContextView:
    """Gather what a pushed context holds; `names` are the notebook's variables."""
    context = pushed.context
    app = known_app(context.app, names)
    pairs: list[tuple[str, str]] = [("app", app)]
    if isinstance(context, RequestContext):
        pairs += [(name, shown_value(value)) for name, value in request_pairs(context)]
    app_context = app_context_of(context)
    if app_context is not None:
        own = vars(app_context.g)
        pairs += [(f"g.{name}", shown_value(value)) for name, value in own.items()]
        pairs += [] if own else [("g", "{}")]
    name, endpoint = named(context), matched(context)
    name = f"{name} → {endpoint}" if endpoint else name
    return ContextView(context.kind, name, str(pushed.owner), tuple(pairs))


def known_app(app: Any, names: Mapping[str, object]) -> str:
    """Return "app = Flask('__main__')", by the first variable that holds an app."""
    held = (name for name, value in list(names.items()) if value is app)
    variable = next((name for name in held if not name.startswith("_")), None)
    if variable is None:
        return f"{described(app)}, which no variable holds any more"
    return f"{variable} = {described(app)}"


def described(app: Any) -> str:
    return f"{type(app).__name__}({app.import_name!r})"


def named(context: Context) -> str:
    """Return "GET /search?q=flask", or of an app context its app."""
    if isinstance(context, AppContext):
        return described(context.app)
    return f"{context.request.method} {full_path(context.request)}"


def matched(context: Context) -> str:
    """Return the endpoint of a request's context, or why it has none."""
    if isinstance(context, AppContext):
        return ""
    return endpoint_of(context) or unmatched(context.request)


def unmatched(request: Any) -> str:
    error = request.routing_exception
    if isinstance(error, RequestRedirect):
        return f"redirect to {error.new_url}"
    if isinstance(error, MethodNotAllowed):
        return f"no rule takes {request.method} there"
    return "no rule matches"


def request_pairs(context: RequestContext) -> Iterator[tuple[str, object]]:
    """Yield what a request holds, without what it might hold and does not."""
    request = context.request
    held = {
        "view_args": request.view_args,
        "args": request.args.to_dict(flat=False),
        "form": request.form.to_dict(flat=False),
        "files": request.files.to_dict(flat=False),
        "json": request.get_json(silent=True),
    }
    yield from ((name, value) for name, value in held.items() if value)
    yield "session", dict(context._session or {})


def shown_value(value: object) -> str:
    try:
        return shorten(repr(value), MOST_OF_A_VALUE)
    except Exception:
        return f"<{type(value).__name__} without a repr>"
