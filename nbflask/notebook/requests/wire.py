"""A request over the running server's socket, in the place of the app.

It is a WSGI app, so that a client sends to it as to any other, cookies and redirects
included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import quote, urlsplit

from werkzeug.datastructures import EnvironHeaders
from werkzeug.wsgi import ClosingIterator, get_input_stream

from ...server import Server
from ...server.guard import COOKIE
from ...story import STORY
from ...testing import FlaskClient
from ..serving.starting import Serving

AT_ONCE = 65_536
#: What is said anew.
OURS = frozenset({"content-length", "transfer-encoding", "connection", "cookie"})
#: What needs no escape, RFC 3986; a query is escaped already.
IN_PATHS = "/!$&'()*+,;=:@~"
IN_QUERIES = f"{IN_PATHS}?%"


def over_the_wire(client: FlaskClient, serving: Serving, server: Server) -> FlaskClient:
    """Return a client with the same cookies, which asks the server."""
    wired = copy(client)
    wired.target = Wire(serving, server)
    return wired


class Wire:
    """Sends what it is called with to a server, and answers what that answers."""

    def __init__(self, serving: Serving, server: Server) -> None:
        self._serving = serving
        self._url = urlsplit(server.url)
        self._cookie = f"{COOKIE}={server.token}" if server.token else ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        url = self._url
        connection = HTTPConnection(url.hostname or "localhost", url.port)
        connection.connect()
        story = environ.get(STORY)
        port = str(connection.sock.getsockname()[1])
        try:
            if story is not None:
                self._serving.expect(port, story)
            cookies = filter(None, (environ.get("HTTP_COOKIE"), self._cookie))
            send(connection, environ, "; ".join(cookies))
            response = connection.getresponse()
        except BaseException:  # a time limit too
            connection.close()
            raise
        finally:
            self._serving.expect_no_more(port)
        start_response(f"{response.status} {response.reason}", response.getheaders())
        return ClosingIterator(pieces(response), [response.close, connection.close])


def send(connection: HTTPConnection, environ: dict[str, Any], cookies: str) -> None:
    """Send a request as its environ says, with the Host that it names."""
    method, target = environ["REQUEST_METHOD"], target_of(environ)
    body = get_input_stream(environ).read()
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in EnvironHeaders(environ):
        if name.lower() not in OURS:
            connection.putheader(name, value.encode("latin-1"))
    if cookies:
        connection.putheader("Cookie", cookies.encode("latin-1"))
    if body or environ.get("CONTENT_LENGTH"):
        connection.putheader("Content-Length", str(len(body)))
    connection.putheader("Connection", "close")
    connection.endheaders(body or None)


def target_of(environ: dict[str, Any]) -> str:
    """Return path and query as they stand in a request's first line."""
    path = f"{environ.get('SCRIPT_NAME', '')}{environ['PATH_INFO']}"
    target = quote(path.encode("latin-1"), safe=IN_PATHS)
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    return f"{target}?{quote(query, safe=IN_QUERIES)}" if query else target


def pieces(response: HTTPResponse) -> Iterator[bytes]:
    """Yield what comes, as it comes."""
    while piece := response.read1(AT_ONCE):
        yield piece
