"""A request of which nothing is read yet: its parts are, when somebody asks for them.

Most views look at one or two parts of their request, and a request that is made of
all of them takes as long to make as half of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import EnvironHeaders
from werkzeug.wrappers import Request as GeneralRequest

#: What an environ has said of the request when that was made: later changes to the
#: environ are no changes to the request. Path, prefix, query, server name and port.
Said = tuple[Any, Any, Any, Any, Any]


class Part:
    """A part of a request, or of a response, that is read when somebody asks for it.

    What it was read as, or is set to, is kept.
    """

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, request: Any, owner: Any = None) -> Any:
        if request is None:
            return self
        part = request.__dict__[self._name] = self._read(request)
        return part


class UnreadRequest(GeneralRequest):
    """Werkzeug's request, made in a fraction of the time."""

    _said: Said
    #: Whether nobody below has a way of their own to make a request.
    _made_shortly = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        makers = [each for each in cls.__mro__ if "__init__" in each.__dict__]
        below = makers[makers.index(UnreadRequest) + 1 :]
        cls._made_shortly = below[0] is GeneralRequest

    def __init__(
        self,
        environ: dict[str, Any],
        populate_request: bool = True,
        shallow: bool = False,
    ) -> None:
        if not self._made_shortly:
            super().__init__(environ, populate_request, shallow)
            return
        said = environ.get
        self._said = (
            said("PATH_INFO"),
            said("SCRIPT_NAME"),
            said("QUERY_STRING", ""),
            said("SERVER_NAME"),
            said("SERVER_PORT"),
        )
        self.method = said("REQUEST_METHOD", "GET").upper()
        self.scheme = said("wsgi.url_scheme", "http")
        self.remote_addr = said("REMOTE_ADDR")
        self.environ = environ
        self.shallow = shallow
        if populate_request and not shallow:
            environ["werkzeug.request"] = self

    @Part
    def path(self) -> str:
        """The path below the app's prefix, which begins with a slash."""
        return f"/{text_of(self._said[0]).lstrip('/')}"

    @Part
    def root_path(self) -> str:
        """The prefix that the app is mounted under, without a slash at its end."""
        return text_of(self._said[1]).rstrip("/")

    @Part
    def query_string(self) -> bytes:
        """What stands behind the question mark."""
        query: str = self._said[2]
        return query.encode("latin1")

    @Part
    def server(self) -> tuple[str, int | None] | None:
        """The server's name and port; the port is None if it is no number."""
        *_, name, port = self._said
        if name is None:
            return None
        try:
            return name, int(port)
        except (TypeError, ValueError):
            return name, None

    @Part
    def headers(self) -> EnvironHeaders:
        """The request's header fields, as its environ has them."""
        headers = EnvironHeaders.__new__(EnvironHeaders)
        headers._list, headers.environ = [], self.environ
        return headers


def text_of(said: str | None) -> str:
    """Return a text that a server has passed on byte by byte (PEP 3333)."""
    return (said or "").encode("latin1").decode(errors="replace")
