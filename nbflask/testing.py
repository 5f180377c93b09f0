"""The in-process client and the command runner. No sockets, no threads."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from datetime import timedelta
from functools import cache
from io import BytesIO
from time import perf_counter
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import werkzeug.test
from werkzeug.exceptions import HTTPException
from werkzeug.test import Client, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request as BaseRequest
from werkzeug.wsgi import get_current_url

from .ctx import RequestContext
from .doors import open_door
from .environs import KEYWORDS, Environ, Unusual, locate, plain_environ
from .recording import Trace
from .story import PRESERVE, STORY, Story

#: The keywords of a request that has neither headers nor a body, and paths that
#: stand in an environ as they are written.
PLAIN = {"method"}
PLAIN_PATH = re.compile(r"/(?:[\w.~-]+/)*[\w.~-]*", re.ASCII).fullmatch
#: Where an environ carries cookies to be sent beside those of the jar.
COOKIES = "nbflask.cookies"
#: The settings that say where an app is found.
LOCATING = ("SERVER_NAME", "APPLICATION_ROOT", "PREFERRED_URL_SCHEME")


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Builds a WSGI environ from a path, data and headers, by an app's settings."""

    def __init__(
        self,
        app: Any,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        assert base_url is None or not (subdomain or url_scheme), (
            'Cannot pass "subdomain" or "url_scheme" with "base_url".'
        )
        self.app = app
        if base_url is None:
            path, base_url = locate(app, path, subdomain, url_scheme)
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write JSON as the app does."""
        return self.app.json.dumps(obj, **kwargs)  # type: ignore[no-any-return]


def environ_of(app: Any, *args: Any, **kwargs: Any) -> Environ:
    """Return the environ that a builder makes of these."""
    if len(args) < 2 and kwargs.keys() <= KEYWORDS:
        try:
            return plain_environ(app, *args, **kwargs)
        except Unusual:
            pass
    builder = EnvironBuilder(app, *args, **kwargs)
    try:
        return builder.get_environ()
    finally:
        builder.close()


@cache
def user_agent() -> str:
    return f"Werkzeug/{importlib.metadata.version('werkzeug')}"


class ClientResponse(TestResponse):
    """A response, with the request it answers, its time and what went wrong."""

    #: How long the app took to answer.
    elapsed: timedelta = timedelta()
    #: What the app did with the request.
    story: Story = Story()

    @property
    def exception(self) -> BaseException | None:
        """The exception behind a 5xx, if there was one, whoever answered it."""
        story = self.story
        if story.failure is not None or self.status_code < 500:
            return story.failure
        answered = story.answered
        return None if isinstance(answered, HTTPException) else answered

    def __await__(self) -> Generator[Any, None, ClientResponse]:
        """Let a cell that awaits write `await client.get(…)`: the answer is there."""
        yield from ()
        return self

    @property
    def trace(self) -> Trace | None:
        """The life of the request, step by step; None if it was not traced."""
        tracer = self.story.tracer
        return None if tracer is None else tracer.trace(self)

    @property
    def df(self) -> Any:
        """The body as a DataFrame: a list of JSON objects, or CSV with a header.

        Raises ValueError, which says what is wrong, for a body that is neither.
        """
        from .data.reading import frame_of

        __tracebackhide__ = True  # what reads it is no affair of the person
        charset = self.mimetype_params.get("charset")
        try:
            return frame_of(self.get_data(), self.mimetype or "", charset)
        except ValueError as error:
            raise error.with_traceback(None) from None


class FlaskClient(Client):
    """Sends requests to an app in this thread, and keeps its cookies.

    In a `with` block the context of the last request stays, so that `session`
    and `g` can be looked at.
    """

    application: Any
    #: What is asked in the app's place, such as a server that has it.
    target: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_wrapper = type(
            "ClientResponse", (ClientResponse, self.response_wrapper), {}
        )
        self.preserve_context = False
        self._new_contexts: list[AbstractContextManager[Any]] = []
        self._context_stack = ExitStack()
        self._template: tuple[list[Any], Environ] | None = None
        self._request_class = EnvironBuilder.request_class
        self.environ_base = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": user_agent(),
        }

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Open the session that the next request will have, to change it."""
        if self._cookies is None:
            raise TypeError(
                "Cookies are disabled. Create a client with 'use_cookies=True'."
            )
        app = self.application
        context = self.request_context(*args, **kwargs)
        interface = app.session_interface
        with context:
            session = interface.open_session(app, context.request)
        if session is None:
            raise RuntimeError("Session backend did not open a session.")
        yield session
        if interface.is_null_session(session):
            return
        response = app.response_class()
        with context:
            interface.save_session(app, session, response)
        self._update_cookies_from_response(
            context.request.host.partition(":")[0],
            context.request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def request_context(self, *args: Any, **kwargs: Any) -> RequestContext:
        """Return the context of a request as this client would send it.

        It is that of `app.test_request_context`, with the client's cookies.
        """
        context = self.application.test_request_context(*args, **kwargs)
        environ = context.request.environ
        if "HTTP_COOKIE" in environ:
            environ[COOKIES] = environ["HTTP_COOKIE"]
        self._bring_cookies(environ)
        return context  # type: ignore[no-any-return]

    def _copy_environ(self, other: Mapping[str, Any]) -> Environ:
        environ = {STORY: Story(), **self.environ_base, **other}
        if self.preserve_context:
            environ[PRESERVE] = self._new_contexts.append
        return environ

    def _request_from(self, args: tuple[Any, ...], kwargs: Environ) -> BaseRequest:
        """Return the request for what `open` was given."""
        given = args[0] if args else None
        if isinstance(given, werkzeug.test.EnvironBuilder):
            builder = copy(given)
            builder.environ_base = self._copy_environ(builder.environ_base or {})
            return builder.get_request()
        if isinstance(given, dict):
            return EnvironBuilder.from_environ(
                given, app=self.application, environ_base=self._copy_environ({})
            ).get_request()
        if isinstance(given, BaseRequest):
            request = copy(given)
            request.environ = self._copy_environ(request.environ)
            return request
        return self._request_from_builder_args(args, kwargs)

    def _request_from_builder_args(
        self, args: tuple[Any, ...], kwargs: Environ
    ) -> BaseRequest:
        """Return the request for a path and keywords. Override to add your own."""
        plain = len(args) == 1 and kwargs.keys() <= PLAIN
        if plain and isinstance(args[0], str) and PLAIN_PATH(args[0]):
            return self._plain_request(args[0], kwargs.get("method", "GET"))
        kwargs["environ_base"] = self._copy_environ(kwargs.get("environ_base", {}))
        built = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return built.get_request()
        finally:
            built.close()

    def _plain_request(self, path: str, method: str) -> BaseRequest:
        """Return a request without headers and body.

        It differs from the last such request in its path alone, so what a builder
        made once is copied.
        """
        config = self.application.config
        settings = [config.get(name) for name in LOCATING]
        if self._template is None or self._template[0] != settings:
            built = EnvironBuilder(self.application, environ_base={})
            self._template = settings, built.get_environ()
            built.close()
        environ = self._copy_environ(self._template[1])
        environ["REQUEST_METHOD"] = method
        environ["PATH_INFO"] = environ["REQUEST_URI"] = environ["RAW_URI"] = path
        environ["wsgi.input"], environ["wsgi.errors"] = BytesIO(), sys.stderr
        return self._request_class(environ)

    def run_wsgi_app(
        self, environ: Environ, buffered: bool = False
    ) -> tuple[Any, str, Any]:
        """Ask the app, with the cookies that it has set before."""
        if self._cookies or "HTTP_COOKIE" in environ or COOKIES in environ:
            self._bring_cookies(environ)
        asked = self.target or self.application
        answer = run_wsgi_app(asked, environ, buffered=buffered)
        cookies = answer[2].getlist("Set-Cookie")
        if cookies:
            url = urlsplit(get_current_url(environ))
            self._update_cookies_from_response(
                url.hostname or "localhost", url.path, cookies
            )
        return answer

    def _bring_cookies(self, environ: Environ) -> None:
        """Put the jar's cookies into an environ, and those that it asks for itself."""
        if self._cookies:
            self._add_cookies_to_wsgi(environ)
        elif self._cookies is not None:
            environ.pop("HTTP_COOKIE", None)
        if COOKIES in environ:
            jar = environ.get("HTTP_COOKIE")
            environ["HTTP_COOKIE"] = "; ".join(
                filter(None, (jar, environ.pop(COOKIES)))
            )

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> ClientResponse:
        """Send a request: a path and keywords, a builder, an environ or a request."""
        request = self._request_from(args, kwargs)
        # What the last request left open ends before the next one begins.
        self._context_stack.close()
        began = perf_counter()
        response: Any = super().open(
            request, buffered=buffered, follow_redirects=follow_redirects
        )
        response.elapsed = timedelta(seconds=perf_counter() - began)
        for each in (*response.history, response):
            each.story = each.request.environ.get(STORY, each.story)
        response.json_module = self.application.json
        for context in self._new_contexts:
            self._context_stack.enter_context(context)
        self._new_contexts.clear()
        return response  # type: ignore[no-any-return]

    def send_noting(
        self, errors: Any, story: Story, *, note: Environ, **kwargs: Any
    ) -> ClientResponse:
        """Send a request whose log goes to `errors`, and whose body is not read yet.

        What becomes of it is told to `story`, which also says whether an exception
        is let through; `note` goes into the environ.
        """
        headers = kwargs.get("headers", ())
        cookies = [value for name, value in headers if name.lower() == "cookie"]
        base = {STORY: story, **note}
        if cookies:
            base[COOKIES] = "; ".join(cookies)
        return self.open(errors_stream=errors, environ_base=base, **kwargs)

    def __enter__(self) -> FlaskClient:
        if self.preserve_context:
            raise RuntimeError("Cannot nest client invocations")
        self.preserve_context = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.preserve_context = False
        self._context_stack.close()


def __getattr__(name: str) -> Any:
    # The runner needs click, which most tests of an app never do.
    if name == "FlaskCliRunner":
        return open_door("cli runner")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
