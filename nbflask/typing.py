"""The names for what views, hooks and handlers take and give, and the protocol
of an application as low floors see it. Nothing here runs; it imports no other
module of the package.
"""

from __future__ import annotations

import collections.abc as cabc
import typing as t

from werkzeug.datastructures import Headers
from werkzeug.sansio.response import Response

if t.TYPE_CHECKING:
    import logging

    from _typeshed.wsgi import WSGIApplication
    from werkzeug import wrappers
else:
    # typeshed exists for type checkers only; this keeps the aliases below
    # resolvable by typing.get_type_hints.
    WSGIApplication = t.Callable[..., t.Iterable[bytes]]

# What a view may return in the place of the body.
ResponseValue: t.TypeAlias = t.Union[  # noqa: UP007
    Response,
    str,
    bytes,
    list[t.Any],
    # Only a dict is served; a Mapping lets a TypedDict pass the type checker.
    t.Mapping[str, t.Any],
    t.Iterator[str],
    t.Iterator[bytes],
    cabc.AsyncIterable[str],
    cabc.AsyncIterable[bytes],
]

HeaderValue: t.TypeAlias = t.Union[str, list[str], tuple[str, ...]]  # noqa: UP007
HeadersValue: t.TypeAlias = t.Union[  # noqa: UP007
    Headers,
    t.Mapping[str, HeaderValue],
    t.Sequence[tuple[str, HeaderValue]],
]

# Everything a view may return.
ResponseReturnValue: t.TypeAlias = t.Union[  # noqa: UP007
    ResponseValue,
    tuple[ResponseValue, HeadersValue],
    tuple[ResponseValue, int],
    tuple[ResponseValue, int, HeadersValue],
    WSGIApplication,
]

# A variable rather than the class: a hook written for nbflask.Response must be
# accepted although its argument is narrower than Werkzeug's.
ResponseClass = t.TypeVar("ResponseClass", bound=Response)

# The name of a blueprint, or None for the application itself.
AppOrBlueprintKey: t.TypeAlias = t.Optional[str]  # noqa: UP045

AfterRequestCallable: t.TypeAlias = t.Union[  # noqa: UP007
    t.Callable[[ResponseClass], ResponseClass],
    t.Callable[[ResponseClass], t.Awaitable[ResponseClass]],
]
BeforeFirstRequestCallable: t.TypeAlias = t.Union[  # noqa: UP007
    t.Callable[[], None],
    t.Callable[[], t.Awaitable[None]],
]
BeforeRequestCallable: t.TypeAlias = t.Union[  # noqa: UP007
    t.Callable[[], t.Optional[ResponseReturnValue]],  # noqa: UP045
    t.Callable[[], t.Awaitable[t.Optional[ResponseReturnValue]]],  # noqa: UP045
]
ShellContextProcessorCallable: t.TypeAlias = t.Callable[[], dict[str, t.Any]]
TeardownCallable: t.TypeAlias = t.Union[  # noqa: UP007
    t.Callable[[t.Optional[BaseException]], None],  # noqa: UP045
    t.Callable[[t.Optional[BaseException]], t.Awaitable[None]],  # noqa: UP045
]
TemplateContextProcessorCallable: t.TypeAlias = t.Union[  # noqa: UP007
    t.Callable[[], dict[str, t.Any]],
    t.Callable[[], t.Awaitable[dict[str, t.Any]]],
]
TemplateFilterCallable: t.TypeAlias = t.Callable[..., t.Any]
TemplateGlobalCallable: t.TypeAlias = t.Callable[..., t.Any]
TemplateTestCallable: t.TypeAlias = t.Callable[..., bool]
URLDefaultCallable: t.TypeAlias = t.Callable[[str, dict[str, t.Any]], None]
URLValuePreprocessorCallable: t.TypeAlias = t.Callable[
    [t.Optional[str], t.Optional[dict[str, t.Any]]],  # noqa: UP045
    None,
]

# The argument is Any: naming Exception would refuse a handler that is annotated
# with the one exception it handles.
ErrorHandlerCallable: t.TypeAlias = t.Union[  # noqa: UP007
    t.Callable[[t.Any], ResponseReturnValue],
    t.Callable[[t.Any], t.Awaitable[ResponseReturnValue]],
]
RouteCallable: t.TypeAlias = t.Union[  # noqa: UP007
    t.Callable[..., ResponseReturnValue],
    t.Callable[..., t.Awaitable[ResponseReturnValue]],
]


class Application(t.Protocol):
    """What the floors below the application use of it.

    Settings are read-only here and mostly Any, so that an application is free
    to store them as plain attributes, properties or ConfigAttributes.
    """

    @property
    def import_name(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def root_path(self) -> str: ...
    @property
    def config(self) -> t.Any: ...
    @property
    def debug(self) -> bool: ...
    @property
    def testing(self) -> t.Any: ...
    @property
    def secret_key(self) -> t.Any: ...
    @property
    def permanent_session_lifetime(self) -> t.Any: ...
    @property
    def logger(self) -> logging.Logger: ...

    @property
    def json(self) -> t.Any: ...
    @property
    def jinja_env(self) -> t.Any: ...
    @property
    def session_interface(self) -> t.Any: ...
    @property
    def aborter(self) -> t.Any: ...
    @property
    def request_class(self) -> t.Any: ...
    @property
    def response_class(self) -> t.Any: ...
    @property
    def app_ctx_globals_class(self) -> t.Any: ...
    @property
    def url_map(self) -> t.Any: ...
    @property
    def blueprints(self) -> t.Any: ...
    @property
    def extensions(self) -> t.Any: ...

    def app_context(self) -> t.Any: ...
    def create_url_adapter(self, request: t.Any) -> t.Any: ...
    def do_teardown_appcontext(self, exc: BaseException | None = ...) -> None: ...
    def do_teardown_request(self, exc: BaseException | None = ...) -> None: ...
    def ensure_sync(self, func: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]: ...
    def get_send_file_max_age(self, filename: str | None) -> int | None: ...
    def make_response(self, rv: t.Any) -> t.Any: ...
    def redirect(self, location: str, code: int = ...) -> wrappers.Response: ...
    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = ...,
        _method: str | None = ...,
        _scheme: str | None = ...,
        _external: bool | None = ...,
        **values: t.Any,
    ) -> str: ...
