"""The in-process client and the command runner. No sockets, no threads."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from datetime import timedelta
from functools import cache
from operator import attrgetter
from time import perf_counter
from types import TracebackType
from typing import Any

import werkzeug.test
from werkzeug.test import Client, run_wsgi_app
from werkzeug.wrappers import Request as BaseRequest

from .client.asking import ask
from .client.environs import NOTHING, Environ, Unusual, locate, place_of, plain_environ
from .client.received import ClientResponse as ClientResponse
from .client.received import PlainClientResponse, client_response
from .ctx import RequestContext
from .doors import open_door
from .story import PRESERVE, STORY, Story

#: What `open` goes through. A class or a client that has another step goes through it.
STEPS = ("_copy_environ", "_request_from_builder_args", "run_wsgi_app")
_STEPS = frozenset(STEPS)
steps_of = attrgetter(*STEPS)
#: Where an environ carries cookies to be sent beside those of the jar.
COOKIES = "nbflask.cookies"


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
    if len(args) < 2:
        try:
            return plain_environ(app, NOTHING, args[0] if args else "/", kwargs)
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


class Held(ExitStack):
    """Contexts that stay for a while, if there are any."""

    any = False

    def enter_context(self, context: AbstractContextManager[Any]) -> Any:
        self.any = True
        return super().enter_context(context)

    def close(self) -> None:
        self.any = False
        super().close()


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
        self.response_wrapper: Any = client_response(self.response_wrapper)
        plain = (
            issubclass(self.response_wrapper, PlainClientResponse)
            and super(FlaskClient, type(self)).open is Client.open
        )
        self._plain_response: Any = self.response_wrapper if plain else None
        self.preserve_context = False
        self._new_contexts: list[AbstractContextManager[Any]] = []
        self._context_stack = Held()
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
        kwargs["environ_base"] = self._copy_environ(kwargs.get("environ_base", {}))
        built = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return built.get_request()
        finally:
            built.close()

    def _plain_environ(self, args: tuple[Any, ...], kwargs: Environ) -> Environ | None:
        """Return the environ for what `open` was given, if there is nothing to it."""
        if len(args) != 1 or not self._asks_plainly():
            return None
        try:
            environ = plain_environ(
                self.application, self.environ_base, args[0], kwargs
            )
        except Unusual:
            return None
        environ[STORY] = Story()
        if self.preserve_context:
            environ[PRESERVE] = self._new_contexts.append
        return environ

    def _asks_plainly(self) -> bool:
        """Whether every step from arguments to a response is the one of this class."""
        return (
            self.target is None
            and self.response_wrapper is self._plain_response
            and steps_of(type(self)) == USUAL_STEPS
            and _STEPS.isdisjoint(self.__dict__)
            and Client.open is USUAL_OPEN
        )

    def _ask(self, environ: Environ, buffered: bool) -> Any:
        """Return the response to an environ, without a request being made of it."""
        if self._cookies or "HTTP_COOKIE" in environ or COOKIES in environ:
            self._bring_cookies(environ)
        app, began = self.application, perf_counter()
        if "wsgi_app" in app.__dict__:
            # Others look at it, before the app puts its own request into its place.
            EnvironBuilder.request_class(environ)
        answer = ask(app, environ, buffered=buffered)
        cookies: list[str] = []
        response = self._plain_response.received(answer, environ, began, cookies)
        if cookies:
            self._update_cookies_from_response(*place_of(environ), cookies)
        return response

    def run_wsgi_app(
        self, environ: Environ, buffered: bool = False
    ) -> tuple[Any, str, Any]:
        """Ask the app, with the cookies that it has set before."""
        self._bring_cookies(environ)
        asked = self.target or self.application
        answer = run_wsgi_app(asked, environ, buffered=buffered)
        cookies = answer[2].getlist("Set-Cookie")
        if cookies:
            self._update_cookies_from_response(*place_of(environ), cookies)
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

    def _add_cookies_to_wsgi(self, environ: Environ) -> None:
        """Put those of the jar's cookies into an environ that are for its URL."""
        if self._cookies is None:
            return
        host, path = place_of(environ)
        sent = [
            each._to_request_header()
            for each in self._cookies.values()
            if each._matches_request(host, path)
        ]
        environ.pop("HTTP_COOKIE", None)
        if sent:
            environ["HTTP_COOKIE"] = "; ".join(sent)

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> ClientResponse:
        """Send a request: a path and keywords, a builder, an environ or a request."""
        environ = None if follow_redirects else self._plain_environ(args, kwargs)
        request = self._request_from(args, kwargs) if environ is None else None
        # What the last request left open ends before the next one begins.
        if self._context_stack.any:
            self._context_stack.close()
        if environ is not None:
            response = self._ask(environ, buffered)
        else:
            response = self._open(request, buffered, follow_redirects)
        response.json_module = self.application.json
        if self._new_contexts:
            self._hold_contexts()
        return response  # type: ignore[no-any-return]

    def _hold_contexts(self) -> None:
        """Make what the app has left current, until it is let go."""
        for context in self._new_contexts:
            self._context_stack.enter_context(context)
        self._new_contexts.clear()

    def _open(self, request: Any, buffered: bool, follow_redirects: bool) -> Any:
        """Return the response to a request, which may lead to further ones."""
        began = perf_counter()
        response: Any = super().open(
            request, buffered=buffered, follow_redirects=follow_redirects
        )
        response.elapsed = timedelta(seconds=perf_counter() - began)
        for each in (*response.history, response):
            each.story = each.request.environ.get(STORY, each.story)
        return response

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


USUAL_STEPS = steps_of(FlaskClient)
USUAL_OPEN = Client.open


def __getattr__(name: str) -> Any:
    # The runner needs click, which most tests of an app never do.
    if name == "FlaskCliRunner":
        return open_door("cli runner")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
