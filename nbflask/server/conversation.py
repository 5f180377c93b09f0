"""A client's requests on one connection, answered one after the other."""

from __future__ import annotations

import contextvars
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from socket import SHUT_WR
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ClientDisconnected, HTTPException

from .answering import Answer, Broken
from .bodies import Body, body_of
from .connections import Connection
from .environ import FOR_ALL, environ_of, lasting_environ
from .guard import Guard, Refusal, printable
from .limits import LINGER, Limits
from .reading import Gone, Head, Refused, Source

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FAILED = Refusal(500, "The app could not answer.")
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
#: What the server answers for all that is on it (RFC 9110, 9.3.7).
ABLE = Refusal(200, METHODS, (("Allow", METHODS),))


@dataclass(frozen=True, slots=True)
class Service:
    """What all conversations of a server share.

    `resolve` returns the app, asked for each request; each runs in a copy of
    `context`; `log` takes one line for each answer.
    """

    resolve: Callable[[], WSGIApplication]
    guard: Guard
    limits: Limits
    context: contextvars.Context
    log: Callable[[str], None] | None
    host: str
    port: int


class Conversation:
    """Goes from request to request until either side has had enough."""

    def __init__(self, service: Service, connection: Connection) -> None:
        self._service = service
        self._connection = connection
        self._source = Source(connection, service.limits)
        self._lasting = lasting_environ(connection, service.host, service.port)

    def hold(self) -> None:
        """Answer all requests, then close the connection."""
        try:
            while self._answer_next():
                pass
        except Gone:
            pass
        finally:
            self._connection.close()

    def _answer_next(self) -> bool:
        """Answer the next request. Whether the connection goes on."""
        service = self._service
        try:
            head = self._source.head()
            if head is None:
                return False
            body = body_of(head, self._source, service.limits.body)
        except Refused as refused:
            head, body = unread(refused), Body(self._source, 0)
            answer = self._new_answer(head, body)
            service.context.copy().run(self._refuse, head, answer, refusal_of(refused))
        else:
            answer = self._new_answer(head, body)
            service.context.copy().run(self._answer, head, body, answer)
        if answer.stays and body.pass_over():
            return True
        self._linger()
        return False

    def _new_answer(self, head: Head, body: Body) -> Answer:
        answer = Answer(self._connection, head, body, self._service.limits)
        expects = head.fields.get("expect", "").lower() == "100-continue"
        if expects and head.is_current and not body.ended:
            body.invite = partial(invite, answer)
        return answer

    def _answer(self, head: Head, body: Body, answer: Answer) -> None:
        service = self._service
        try:
            environ = environ_of(head, self._lasting, body)
        except Refused as refused:
            answer.stays = False
            return self._refuse(head, answer, refusal_of(refused))
        host = environ.get("HTTP_HOST", "")
        refusal = service.guard.refusal(host, head.target, head.fields)
        if refusal is not None:
            return self._refuse(head, answer, refusal)
        if head.target == FOR_ALL:
            return self._refuse(head, answer, ABLE)
        try:
            self._ask(environ, answer)
        finally:
            self._note(head, answer)

    def _ask(self, environ: dict[str, Any], answer: Answer) -> None:
        try:
            answer.send(self._service.resolve()(environ, answer.start))
        except Gone:
            raise
        except (Refused, ClientDisconnected) as refused:  # while the app read its body
            answer.stays = False
            say(refusal_of(refused), answer)
        except BaseException as error:  # SystemExit too: it is not this thread's
            tell(error, environ["wsgi.errors"])
            say(FAILED, answer)

    def _refuse(self, head: Head, answer: Answer, refusal: Refusal) -> None:
        try:
            say(refusal, answer)
        finally:
            self._note(head, answer)

    def _note(self, head: Head, answer: Answer) -> None:
        if self._service.log is not None:
            line = printable(self._service.guard.hidden(head.line))
            self._service.log(f"{line} {answer.status[:3]}")

    def _linger(self) -> None:
        """Let the client read its answer before it hears that nobody reads on.

        A connection that is closed with something unread, or that something comes for
        afterwards, is reset: the client may never see what it was answered.
        """
        self._connection.hang_up(SHUT_WR)
        self._source.pass_over(LINGER)


def unread(refused: Refused) -> Head:
    """Return what stands for a head that could not be read: its line alone."""
    return Head(refused.line.decode("latin-1"), "", "", {"connection": "close"})


def invite(answer: Answer) -> None:
    """Ask a client for its body."""
    if not answer.begun:
        answer.put(CONTINUE)


def say(refusal: Refusal, answer: Answer) -> None:
    """Answer a request that the app does not answer.

    Raises Gone if it has begun to: its end is missing, which the client shall see.
    """
    if answer.begun:
        raise Gone
    text = f"{refusal.text}\n".encode()
    answer.restart()
    answer.start(refusal.status, [*refusal.fields, ("Content-Length", str(len(text)))])
    answer.send([text])


def refusal_of(refused: HTTPException) -> Refusal:
    return Refusal(refused.code or 400, f"{refused.description}")


def tell(error: BaseException, errors: Any) -> None:
    """Write what the app let through to its log."""
    if isinstance(error, Broken):
        errors.write(f"{error}\n")
    else:
        trace = error.__traceback__
        lines = traceback.format_exception(type(error), error, trace)
        errors.write("".join(lines))
    errors.flush()
