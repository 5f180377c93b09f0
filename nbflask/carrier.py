"""The session of a request: opened when somebody uses it, saved if it has to be."""

from __future__ import annotations

from typing import Any, Final

#: Stands for a session that is opened when somebody uses it.
LATER: Final[Any] = object()


class SessionCarrier:
    """Carries the session. Mixed into the request context, which has all else."""

    __slots__ = ()

    app: Any
    request: Any
    _opened: Any

    @property
    def _session(self) -> Any:
        """The session, opened now if it was left for later; None before a push."""
        if self._opened is LATER:
            self._open_session()
        return self._opened

    @_session.setter
    def _session(self, session: Any) -> None:
        self._opened = session

    @property
    def session(self) -> Any:
        """The session; reading it counts as access, which sets Vary: Cookie."""
        session = self._opened
        if session is LATER:
            session = self._session
        assert session is not None, "The session has not yet been opened."
        session.accessed = True
        return session

    def _open_session(self) -> None:
        interface = self.app.session_interface
        session = interface.open_session(self.app, self.request)
        if session is None:
            session = interface.make_null_session(self.app)
        self._opened = session

    def open_session(self) -> None:
        """Open the session, or leave it to whoever uses it."""
        interface = self.app.session_interface
        # Asked of its class: an interface need not be one of ours.
        opens_lazily = getattr(type(interface), "opens_lazily", None)
        if opens_lazily is not None and opens_lazily(interface, self.app):
            self._opened = LATER
        else:
            self._open_session()

    def save_session(self, response: Any) -> None:
        """Have the response carry the session, if it may have to."""
        if self._opened is LATER and "HTTP_COOKIE" not in self.request.environ:
            return
        session = self.session_to_save()
        interface = self.app.session_interface
        if session is not None and not interface.is_null_session(session):
            interface.save_session(self.app, session, response)

    def session_to_save(self) -> Any | None:
        """Return the session if the response may have to carry it.

        One that nobody opened needs no saving, unless the request brought a
        cookie: a permanent session is refreshed by every request.
        """
        if self._opened is LATER:
            interface = self.app.session_interface
            if interface.get_cookie_name(self.app) not in self.request.cookies:
                return None
        return self._session
