"""What .http cells remember from cell to cell: variables, and requests that were
answered. Sends nothing.

A cell owns what it says here too: when it runs again, what it no longer says is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, SupportsIndex, TypeVar, overload
from urllib.parse import urlsplit

from werkzeug.sansio.utils import host_is_trusted

from ...grammar.http_checks import verify_definition
from ...grammar.http_file import HttpFile, HttpRequest, Variable
from ...grammar.http_prepare import Place, prepare_http, verify_http
from ...grammar.http_values import Answered, Message, Scope, draw
from ...grammar.request import PreparedRequest
from ...registry.owners import Owner
from ...registry.policies import policy
from ...testing import ClientResponse
from ..cells.watch import CellWatch

Said = TypeVar("Said")

#: The names of this computer, under which the app is asked.
HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})


@dataclass(frozen=True, slots=True)
class Kept(Generic[Said]):
    """What was said, by which cell, and in which run of it."""

    said: Said
    owner: Owner
    run: int

    def is_replaced(self, owner: Owner, run: int) -> bool:
        """Whether it is of a former run of a cell that runs now."""
        return owner.live and self.owner == owner and self.run != run


class Conversation:
    """All that .http cells have said in a notebook."""

    def __init__(self, watch: CellWatch) -> None:
        self._watch = watch
        self._variables: dict[str, Kept[Variable]] = {}
        self._answers: dict[str, Kept[Answered]] = {}

    def begin(
        self,
        file: HttpFile,
        asked: Sequence[HttpRequest],
        scope: Scope,
        place: Place,
    ) -> Turn:
        """Take a file's variables in, and return its requests' turn.

        Raises LineError for whatever can be seen to be wrong, and then nothing has
        changed.
        """
        owner, run = policy().running(), self._watch.count
        if scope.names_only:
            for each in file.variables:
                verify_definition(each)
        variables = tuple(map(draw, file.variables))
        known = {
            name: kept
            for name, kept in self._variables.items()
            if not kept.is_replaced(owner, run)
        }
        named = {each.name for each in file.requests}
        answers = {
            name: kept
            for name, kept in self._answers.items()
            if name in named or not kept.is_replaced(owner, run)
        }
        scope = replace(scope, variables=said_in(known), answers=said_in(answers))
        turn = Turn(self, variables, scope, place)
        turn.verify(asked, file.requests)
        of_file = {each.name: Kept(each, owner, run) for each in variables}
        self._variables, self._answers = known | of_file, answers
        return turn

    def keep(self, name: str, answered: Answered) -> None:
        """Remember how a named request was answered."""
        self._answers[name] = Kept(answered, policy().running(), self._watch.count)


def said_in(kept: dict[str, Kept[Said]]) -> dict[str, Said]:
    return {name: each.said for name, each in kept.items()}


class Turn:
    """One text's requests, while they are sent one after the other."""

    def __init__(
        self,
        conversation: Conversation,
        variables: Sequence[Variable],
        scope: Scope,
        place: Place,
    ) -> None:
        self._conversation = conversation
        self._variables = variables
        # What is defined further down is known too, as long as nothing else is.
        known = {**scope.variables, **{each.name: each for each in variables[::-1]}}
        self._scope = replace(scope, variables=known)
        self._place = place

    def verify(
        self, asked: Sequence[HttpRequest], written: Iterable[HttpRequest]
    ) -> None:
        """Raise LineError for the first request that cannot be sent as it is."""
        later = {each.name: each.line for each in written if each.name}
        for number, request in enumerate(asked):
            promised = frozenset(each.name for each in asked[:number])
            scope = replace(self._scope_of(request), promised=promised, later=later)
            verify_http(request, scope, self._place)

    def prepare(self, request: HttpRequest) -> PreparedRequest:
        """Return a request filled in. Raises LineError."""
        return prepare_http(request, self._scope_of(request), self._place)

    def keep(self, request: HttpRequest, response: ClientResponse) -> None:
        """Remember the response to a request that has a name."""
        if request.name:
            answered = answered_by(response)
            answers = {**self._scope.answers, request.name: answered}
            self._scope = replace(self._scope, answers=answers)
            self._conversation.keep(request.name, answered)

    def _scope_of(self, request: HttpRequest) -> Scope:
        above = {e.name: e for e in self._variables if e.line < request.line}
        return replace(self._scope, variables={**self._scope.variables, **above})


def answered_by(response: ClientResponse) -> Answered:
    """Return what later requests can ask of a response, whose body is read."""
    request = response.request
    sent = Message(
        tuple(request.headers.items()), request.environ.get("nbflask.body", b"")
    )
    got = Message(tuple(response.headers.items()), response.data)
    return Answered(response.status, sent, got)


class Responses(list[ClientResponse]):
    """The responses to a text's requests, in order; those with a name by name too."""

    def __init__(self) -> None:
        super().__init__()
        self.named: dict[str, ClientResponse] = {}

    def add(self, name: str, response: ClientResponse) -> None:
        self.append(response)
        if name:
            self.named[name] = response

    @overload
    def __getitem__(self, key: str | SupportsIndex) -> ClientResponse: ...
    @overload
    def __getitem__(self, key: slice) -> list[ClientResponse]: ...
    def __getitem__(
        self, key: str | SupportsIndex | slice
    ) -> ClientResponse | list[ClientResponse]:
        return self.named[key] if isinstance(key, str) else super().__getitem__(key)


def owner_of_hosts(app: Any, server: Any) -> Callable[[str], bool]:
    """Return what says whether a host is one of an app's: this computer, its server's,
    those that its settings name, and whichever its rules ask for."""
    own = (app.config["SERVER_NAME"] or "localhost").partition(":")[0].lower()
    names = {*HERE, own, urlsplit(server.url).hostname if server else own}
    trusted = app.config["TRUSTED_HOSTS"]

    def owns(host: str) -> bool:
        if host in names or host.endswith((f".{own}", ".localhost")):
            return True
        return app.url_map.host_matching or bool(
            trusted and host_is_trusted(host, trusted)
        )

    return owns
