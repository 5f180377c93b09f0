"""What a session is, and how one travels in a signed cookie. When a session is
opened and saved is the business of the request; this module only answers.
"""

from __future__ import annotations

import hashlib
import typing as t
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timezone
from operator import attrgetter

from werkzeug.datastructures import CallbackDict

from .cookies import cookie_of, set_cookie, vary_by_cookie
from .doors import loaded, open_door
from .json.tag import TaggedJSONSerializer

if t.TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

#: Loaded, with itsdangerous, for the first app that has a secret key.
SIGNING = "nbflask.signing"

# An interface is written by subclassing, with `app: Flask` and the application's
# own request and response. A narrower name here would make a type checker refuse
# each such override.
_App: t.TypeAlias = t.Any
_Request: t.TypeAlias = t.Any
_Response: t.TypeAlias = t.Any


class SessionMixin(MutableMapping[str, t.Any]):
    """What a session has beyond a dict."""

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser's; the "_permanent" item."""
        permanent: bool = self.get("_permanent", False)
        return permanent

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)

    #: Whether the session was created by this request, if that can be known.
    new = False

    #: Whether the session must be saved. True unless changes can be noticed.
    modified = True

    #: Whether the request used the session, which the request context notes.
    #: A response to such a request varies with the cookie.
    accessed = False


class SecureCookieSession(CallbackDict[str, t.Any], SessionMixin):
    """A session that notices its changes.

    Only the dict itself is watched: after a change inside of one of its values,
    set modified by hand.
    """

    modified = False

    def __init__(self, initial: Mapping[str, t.Any] | None = None) -> None:
        super().__init__(initial, _note_change)


def _note_change(session: t.Any) -> None:
    session.modified = True


def _refuse_change(self: t.Any, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
    raise RuntimeError(
        "The session is unavailable because no secret "
        "key was set.  Set the secret_key on the "
        "application to something unique and secret."
    )


class NullSession(SecureCookieSession):
    """The empty session of an application without a secret key.

    It can be read. Changing it raises a RuntimeError that names the fix.
    """

    __setitem__ = __delitem__ = _refuse_change
    clear = pop = popitem = update = setdefault = _refuse_change


class SessionInterface:
    """Opens and saves the sessions of an application.

    A subclass defines open_session and save_session and is set as
    app.session_interface. Requests of one session may run at the same time, and
    nothing orders their reads and writes.
    """

    #: What make_null_session creates and is_null_session looks for.
    null_session_class = NullSession

    #: Whether sessions are pickled; extensions may ask.
    pickle_based = False

    def make_null_session(self, app: _App) -> NullSession:
        """Return the stand-in for a session that could not be opened."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Return whether obj is such a stand-in, which is never saved."""
        # Most are of the class itself, which to ask ABCs for takes a while.
        if type(obj) is SecureCookieSession and self.null_session_class is NullSession:
            return False
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: _App) -> str:
        """Return SESSION_COOKIE_NAME."""
        name: str = app.config["SESSION_COOKIE_NAME"]
        return name

    def get_cookie_domain(self, app: _App) -> str | None:
        """Return SESSION_COOKIE_DOMAIN; None binds the cookie to its one host."""
        domain: str | None = app.config["SESSION_COOKIE_DOMAIN"]
        return domain

    def get_cookie_path(self, app: _App) -> str:
        """Return SESSION_COOKIE_PATH, or else APPLICATION_ROOT."""
        path: str = app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"]
        return path

    def get_cookie_httponly(self, app: _App) -> bool:
        """Return SESSION_COOKIE_HTTPONLY: hide the cookie from scripts."""
        httponly: bool = app.config["SESSION_COOKIE_HTTPONLY"]
        return httponly

    def get_cookie_secure(self, app: _App) -> bool:
        """Return SESSION_COOKIE_SECURE: send the cookie over HTTPS only."""
        secure: bool = app.config["SESSION_COOKIE_SECURE"]
        return secure

    def get_cookie_samesite(self, app: _App) -> str | None:
        """Return SESSION_COOKIE_SAMESITE: "Strict", "Lax", "None" or None."""
        samesite: str | None = app.config["SESSION_COOKIE_SAMESITE"]
        return samesite

    def get_cookie_partitioned(self, app: _App) -> bool:
        """Return SESSION_COOKIE_PARTITIONED: one jar per embedding site."""
        partitioned: bool = app.config["SESSION_COOKIE_PARTITIONED"]
        return partitioned

    def get_expiration_time(self, app: _App, session: SessionMixin) -> datetime | None:
        """Return when the cookie expires (UTC), or None: with the browser."""
        if not session.permanent:
            return None
        expires: datetime = datetime.now(timezone.utc) + app.permanent_session_lifetime
        return expires

    def should_set_cookie(self, app: _App, session: SessionMixin) -> bool:
        """Return whether this response carries the cookie.

        It does if the session was changed; a permanent one always does under
        SESSION_REFRESH_EACH_REQUEST.
        """
        if session.modified:
            return True
        refresh: bool = app.config["SESSION_REFRESH_EACH_REQUEST"]
        return refresh and session.permanent

    def opens_lazily(self, app: _App) -> bool:
        """Return whether a session is opened when it is used, not with the request.

        True promises that it makes no difference when a session is opened, and
        that one need not be saved if nothing used it and its cookie did not come.
        """
        return False

    def open_session(self, app: _App, request: _Request) -> SessionMixin | None:
        """Return the session of a request, or None to get a null session."""
        raise NotImplementedError()

    def save_session(
        self, app: _App, session: SessionMixin, response: _Response
    ) -> None:
        """Store the session and set its cookie; not called for null sessions."""
        raise NotImplementedError()


session_json_serializer = TaggedJSONSerializer()

#: What a session goes through, and what it is made by, while nobody uses it.
STEPS = (
    *("open_session", "save_session", "get_cookie_name", "session_class"),
    *("make_null_session", "is_null_session", "null_session_class"),
)
steps_of = attrgetter(*STEPS)


def _lazy_sha1(string: bytes = b"") -> t.Any:
    """SHA-1, looked up when called: a FIPS build of Python may come without it."""
    return hashlib.sha1(string)


class SecureCookieSessionInterface(SessionInterface):
    """Keeps each session in a signed cookie: readable to its user, not writable.

    Set these attributes, in a subclass or on the instance, to sign differently.
    """

    #: Mixed into the secret key, to tell sessions from other signed things.
    salt = "cookie-session"
    #: The hash function of the signature.
    digest_method = staticmethod(_lazy_sha1)
    #: How the signing key is derived, in the words of itsdangerous.
    key_derivation = "hmac"
    #: Writes and reads the payload: an object with dumps and loads.
    serializer = session_json_serializer
    session_class = SecureCookieSession

    def opens_lazily(self, app: _App) -> bool:
        """Return True unless a step is overridden, in a subclass or on the instance.

        How sessions are signed may differ; what happens when may not.
        """
        return (
            steps_of(type(self)) == _USUAL
            and (not self.__dict__ or _STEPS.isdisjoint(self.__dict__))
            and getattr(app.request_class, "_reads_cookies_plainly", False)
        )

    def get_signing_serializer(self, app: _App) -> URLSafeTimedSerializer | None:
        """Return what signs the cookies of app, or None without a secret key.

        SECRET_KEY_FALLBACKS are accepted when reading, the secret key signs.
        """
        secret = app.secret_key
        if not secret:
            return None
        parts = (
            # The key that signs comes last.
            (*(app.config["SECRET_KEY_FALLBACKS"] or ()), secret),
            self.salt,
            self.key_derivation,
            self.digest_method,
            self.serializer,
        )
        signing: t.Any = loaded(SIGNING)
        signer: URLSafeTimedSerializer
        try:
            signer = signing.remembered_signing_serializer(*parts)
        except TypeError:
            # A part that cannot be hashed cannot be remembered by either.
            signer = signing.make_signing_serializer(*parts)
        return signer

    def open_session(self, app: _App, request: _Request) -> SecureCookieSession | None:
        """Return the session in the request's cookie.

        It is empty if the cookie is missing, forged or older than
        PERMANENT_SESSION_LIFETIME; None means that there is no secret key.
        """
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        cookie = cookie_of(request, self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        max_age = int(app.permanent_session_lifetime.total_seconds())
        try:
            return self.session_class(signer.loads(cookie, max_age=max_age))
        except open_door("bad signature"):
            return self.session_class()

    def save_session(
        self, app: _App, session: SessionMixin, response: _Response
    ) -> None:
        """Set the cookie if it is due, or delete it if the session was emptied."""
        if session.accessed:
            vary_by_cookie(response)
        if not session:
            if session.modified:
                self._delete_cookie(app, response)
        elif self.should_set_cookie(app, session):
            self._set_cookie(app, session, response)

    def _delete_cookie(self, app: _App, response: _Response) -> None:
        name = self.get_cookie_name(app)
        response.delete_cookie(name, **self._cookie_attributes(app))
        vary_by_cookie(response)

    def _set_cookie(
        self, app: _App, session: SessionMixin, response: _Response
    ) -> None:
        signer = self.get_signing_serializer(app)
        set_cookie(
            response,
            self.get_cookie_name(app),
            signer.dumps(dict(session)),  # type: ignore[union-attr]
            expires=self.get_expiration_time(app, session),
            **self._cookie_attributes(app),
        )
        if not session.accessed:
            vary_by_cookie(response)

    def _cookie_attributes(self, app: _App) -> dict[str, t.Any]:
        """The attributes by which browsers identify and guard the cookie."""
        return {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "partitioned": self.get_cookie_partitioned(app),
            "samesite": self.get_cookie_samesite(app),
            "httponly": self.get_cookie_httponly(app),
        }


_STEPS = frozenset(STEPS)
_USUAL = steps_of(SecureCookieSessionInterface)
