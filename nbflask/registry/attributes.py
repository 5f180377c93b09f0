"""Flask's mutable attributes, a class of window for each kind."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from .dicts import Branches, RecordDict
from .lists import RecordList
from .policies import owner_for, policy
from .records import (
    EVERYWHERE,
    Command,
    ErrorHandler,
    Extension,
    Hook,
    Mount,
    Record,
    Setup,
    TemplateName,
    View,
)
from .registry import AppRegistry, Registry
from .windows import Step, in_force


class Functions(RecordList):
    """A list of hooks of one kind in one scope, such as before_request_funcs[None]."""

    def __init__(
        self,
        registry: Registry,
        kind: str,
        scope: str | None = None,
        first: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(registry)
        self._kind, self._scope, self.first = kind, scope, first

    def records(self) -> list[Record]:
        return [
            each
            for each in in_force(self._registry)
            if isinstance(each, Hook)
            and (each.kind, each.scope) == (self._kind, self._scope)
        ]

    def make(self, function: Any) -> Record:
        return Hook(
            owner=owner_for(function),
            scope=self._scope,
            target=function,
            kind=self._kind,
        )


class HookLists(Branches):
    """Lists of hooks by scope, such as before_request_funcs."""

    def __init__(
        self,
        registry: Registry,
        kind: str,
        first: dict[str | None, tuple[Any, ...]] | None = None,
    ) -> None:
        super().__init__(registry)
        self._kind, self._first = kind, first or {}

    def branch(self, name: Any, registry: Registry) -> Functions:
        return Functions(registry, self._kind, name, self._first.get(name, ()))

    def names(self) -> Iterable[Any]:
        records = in_force(self._registry)
        hooks = (each for each in records if isinstance(each, Hook))
        scopes = (each.scope for each in hooks if each.kind == self._kind)
        return without_everywhere([*self._first, *scopes])


class Views(RecordDict):
    """view_functions: endpoint -> function."""

    def entries(self) -> dict[Any, Record]:
        records = in_force(self._registry)
        return {each.endpoint: each for each in records if isinstance(each, View)}

    def make(self, name: Any, value: Any) -> Record:
        # Endpoints in a blueprint's view_functions are those of the whole app.
        scope = None if isinstance(self._registry, AppRegistry) else EVERYWHERE
        owner = owner_for(value)
        return View(owner=owner, scope=scope, target=value, endpoint=name)

    def __getitem__(self, name: Any) -> Any:
        if self._last is None and isinstance(self._registry, AppRegistry):
            view = self._registry.table.views[name]
            if not policy().former(self._registry):
                return view
        return super().__getitem__(name)


class Handlers(RecordDict):
    """error_handler_spec[scope][code]: exception class -> function."""

    def __init__(self, registry: Registry, scope: str | None, code: int | None) -> None:
        super().__init__(registry)
        self._scope, self._code = scope, code

    def entries(self) -> dict[Any, Record]:
        return {
            each.exception: each
            for each in in_force(self._registry)
            if isinstance(each, ErrorHandler)
            and (each.scope, each.code) == (self._scope, self._code)
        }

    def make(self, name: Any, value: Any) -> Record:
        return ErrorHandler(
            owner=owner_for(value),
            scope=self._scope,
            target=value,
            code=self._code,
            exception=name,
        )


class HandlerCodes(Branches):
    """error_handler_spec[scope]: status code or None -> handlers by class."""

    def __init__(self, registry: Registry, scope: str | None) -> None:
        super().__init__(registry)
        self._scope = scope

    def branch(self, name: Any, registry: Registry) -> Handlers:
        return Handlers(registry, self._scope, name)

    def names(self) -> Iterable[Any]:
        records = in_force(self._registry)
        handlers = (each for each in records if isinstance(each, ErrorHandler))
        codes = (each.code for each in handlers if each.scope == self._scope)
        return dict.fromkeys(codes)


class HandlerScopes(Branches):
    """error_handler_spec: scope -> handlers by status code and class."""

    def branch(self, name: Any, registry: Registry) -> HandlerCodes:
        return HandlerCodes(registry, name)

    def names(self) -> Iterable[Any]:
        records = in_force(self._registry)
        scopes = (each.scope for each in records if isinstance(each, ErrorHandler))
        return without_everywhere(scopes)


class Blueprints(RecordDict):
    """blueprints: mount name -> blueprint."""

    def entries(self) -> dict[Any, Record]:
        records = in_force(self._registry)
        return {each.name: each for each in records if isinstance(each, Mount)}

    def make(self, name: Any, value: Any) -> Record:
        owner = owner_for(value)
        return Mount(owner=owner, target=value.registry, name=name)

    def value(self, record: Record) -> Any:
        return record.target.front


class Commands(RecordDict):
    """cli.commands: name -> click command. An app's has those of its blueprints."""

    def entries(self) -> dict[Any, Record]:
        found: dict[Any, Record] = {}
        of_an_app = isinstance(self._registry, AppRegistry)
        for each in in_force(self._registry):
            if isinstance(each, Command) and each.scope is None:
                found[each.name] = each
            elif isinstance(each, Mount) and of_an_app:
                mounted = each.target.front.commands_at(each)
                for name, command in mounted.items():
                    found[name] = Command(owner=each.owner, target=command, name=name)
        return found

    def make(self, name: Any, value: Any) -> Record:
        # click calls; whose function it is tells who registers.
        owner = owner_for(getattr(value, "callback", None))
        return Command(owner=owner, target=value, name=name)


class Extensions(RecordDict):
    """extensions: name -> what the extension keeps. The code that runs owns it, for a
    library is told to keep it by that code."""

    def entries(self) -> dict[Any, Record]:
        former = policy().former(self._registry)
        return {
            each.name: each
            for each in self._registry.records
            if isinstance(each, Extension) and each not in former
        }

    def __getitem__(self, name: Any) -> Any:
        # Asked for with every request, by some.
        found = self._registry.find(("extension", name))
        if self._last is None and found and not policy().former(self._registry):
            return found[0].target
        return super().__getitem__(name)

    def make(self, name: Any, value: Any) -> Record:
        return Extension(owner=policy().running(), target=value, name=name)


class Setups(RecordList):
    """deferred_functions: what a blueprint runs when it is mounted."""

    def records(self) -> list[Record]:
        return [each for each in self._registry.records if isinstance(each, Setup)]

    def make(self, function: Any) -> Record:
        return Setup(owner=owner_for(function), target=function)


class TemplateNames(RecordDict):
    """jinja_env.filters, .tests or .globals: the environment's own names, and on
    top of them those that are registered."""

    def __init__(
        self, registry: AppRegistry, kind: str, base: dict[str, Any], table: Any
    ) -> None:
        super().__init__(registry)
        self._kind, self._table = kind, table
        #: Never changed, but replaced by another: who has it can tell.
        self.own = base

    def _registered(self) -> dict[str, Any]:
        # A request renders with the names of the table that it has captured.
        names: dict[str, Any] = self._table().names[self._kind]
        return names

    def names(self) -> Iterable[Any]:
        return self.look()

    def look(self) -> dict[str, Any]:
        return {**self.own, **self._table().names[self._kind]}

    def __getitem__(self, name: Any) -> Any:
        registered = self._registered()
        return registered[name] if name in registered else self.own[name]

    def __contains__(self, name: object) -> bool:
        return name in self._registered() or name in self.own

    def entries(self) -> dict[Any, Record]:
        return {
            each.name: each
            for each in in_force(self._registry)
            if isinstance(each, TemplateName) and each.kind == self._kind
        }

    def make(self, name: Any, value: Any) -> Record:
        owner = owner_for(value)
        return TemplateName(owner=owner, target=value, kind=self._kind, name=name)

    def plan(self, value: dict[Any, Any]) -> list[Step]:
        kept = {name: each for name, each in self.own.items() if name in value}
        own = self.entries()
        new = {
            name: each
            for name, each in value.items()
            if name in own or name not in kept or kept[name] is not each
        }
        return [*super().plan(new), partial(self._keep, kept)]

    def _keep(self, names: dict[str, Any]) -> None:
        self.own = {name: each for name, each in self.own.items() if name in names}

    def __delitem__(self, name: Any) -> None:
        if name in self.entries():
            super().__delitem__(name)
        else:
            own = self.own.copy()
            del own[name]
            self.own = own


def without_everywhere(scopes: Iterable[str | None]) -> list[str | None]:
    """Return scopes once each: Flask files what is for the whole app in the app."""
    return [each for each in dict.fromkeys(scopes) if each != EVERYWHERE]
