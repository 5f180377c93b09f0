"""Flask's mutable attributes, as live windows on a registry.

Reading one shows the records that are in force; writing files or withdraws one.
A window holds nothing of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, MutableSequence
from typing import Any, SupportsIndex, overload

from .policies import policy
from .records import (
    Command,
    ErrorHandler,
    Hook,
    Mount,
    Record,
    Setup,
    TemplateName,
    View,
)
from .registry import AppRegistry, Registry


def in_force(registry: Registry) -> tuple[Record, ...]:
    """Return the records as this registry's owner sees them: an app sees those of
    its blueprints too, a blueprint its own."""
    if isinstance(registry, AppRegistry):
        return registry.table.records
    return registry.records


class Window:
    """What windows have in common: they compare and print as what they show."""

    def shown(self) -> Any:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        mine = self.shown()
        theirs = other.shown() if isinstance(other, Window) else other
        return bool(mine == theirs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.shown())


class Functions(Window, MutableSequence[Any]):
    """A list of hooks of one kind in one scope, such as before_request_funcs[None]."""

    def __init__(
        self,
        registry: Registry,
        kind: str,
        scope: str | None = None,
        first: tuple[Any, ...] = (),
    ) -> None:
        self._registry, self._kind, self._scope = registry, kind, scope
        # What stands before all records, such as Flask's own context processor.
        self._first = first

    def _records(self) -> list[Record]:
        return [
            each
            for each in in_force(self._registry)
            if isinstance(each, Hook)
            and each.kind == self._kind
            and each.scope == self._scope
        ]

    def _make(self, function: Any) -> Record:
        return Hook(
            owner=policy().owner_for(function),
            scope=self._scope,
            target=function,
            kind=self._kind,
        )

    def shown(self) -> list[Any]:
        return [*self._first, *(each.target for each in self._records())]

    def __len__(self) -> int:
        return len(self.shown())

    @overload
    def __getitem__(self, index: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, index: slice[Any, Any, Any]) -> list[Any]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.shown()[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        functions = self.shown()
        functions[index] = value
        self.replace_all(functions)

    def __delitem__(self, index: Any) -> None:
        functions = self.shown()
        del functions[index]
        self.replace_all(functions)

    def insert(self, index: int, value: Any) -> None:
        records = self._records()
        at = max(index if index >= 0 else len(self) + index, 0) - len(self._first)
        before = records[max(at, 0)] if at < len(records) else None
        policy().add(self._registry, [self._make(value)], before)

    def replace_all(self, functions: Iterable[Any]) -> None:
        """Show exactly these functions, keeping the records of those that stay."""
        wanted = list(functions)[len(self._first) :]
        known = {id(each.target): each for each in self._records()}
        kept = [known.pop(id(each), None) for each in wanted]
        stay = {id(each) for each in kept if each is not None}
        gone = [each for each in self._records() if id(each) not in stay]
        pairs = zip(kept, wanted, strict=True)
        records = [each or self._make(function) for each, function in pairs]
        former = [*gone, *(each for each in kept if each)]
        policy().exchange(self._registry, records, former)


class HookLists(Window, MutableMapping["str | None", Any]):
    """Lists of hooks by scope, such as before_request_funcs.

    A scope without hooks answers an empty list, as Flask's defaultdict does,
    but reading it leaves nothing behind.
    """

    def __init__(
        self,
        registry: Registry,
        kind: str,
        first: dict[str | None, tuple[Any, ...]] | None = None,
    ) -> None:
        self._registry, self._kind, self._first = registry, kind, first or {}

    def __getitem__(self, scope: str | None) -> Functions:
        first = self._first.get(scope, ())
        return Functions(self._registry, self._kind, scope, first)

    def __setitem__(self, scope: str | None, functions: Iterable[Any]) -> None:
        self[scope].replace_all(functions)

    def __delitem__(self, scope: str | None) -> None:
        self[scope].clear()

    def __contains__(self, scope: object) -> bool:
        return scope in self.scopes()

    def setdefault(self, scope: str | None, default: Any = None) -> Functions:
        return self[scope]

    def scopes(self) -> list[str | None]:
        found = dict.fromkeys(self._first)
        for each in in_force(self._registry):
            if isinstance(each, Hook) and each.kind == self._kind:
                found[each.scope] = None
        return list(found)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.scopes())

    def __len__(self) -> int:
        return len(self.scopes())

    def shown(self) -> dict[str | None, list[Any]]:
        return {scope: self[scope].shown() for scope in self.scopes()}


class RecordDict(Window, MutableMapping[Any, Any]):
    """A dict whose entries are records: subclasses say which, and make new ones."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def entries(self) -> dict[Any, Record]:
        """Return the records in force by the name they have in this dict."""
        raise NotImplementedError

    def make(self, name: Any, value: Any) -> Record:
        raise NotImplementedError

    def value(self, record: Record) -> Any:
        return record.target

    def shown(self) -> dict[Any, Any]:
        return {name: self.value(each) for name, each in self.entries().items()}

    def __getitem__(self, name: Any) -> Any:
        return self.value(self.entries()[name])

    def __setitem__(self, name: Any, value: Any) -> None:
        policy().add(self._registry, [self.make(name, value)])

    def __delitem__(self, name: Any) -> None:
        key = self.entries()[name].key
        mine = [each for each in self._registry.records if each.key == key]
        if not mine:
            raise KeyError(f"{name!r} belongs to a blueprint: remove it there.")
        policy().exchange(self._registry, (), mine)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self.entries())


class Views(RecordDict):
    """view_functions: endpoint -> function."""

    def entries(self) -> dict[Any, Record]:
        records = in_force(self._registry)
        return {each.endpoint: each for each in records if isinstance(each, View)}

    def make(self, name: Any, value: Any) -> Record:
        owner = policy().owner_for(value)
        return View(
            owner=owner, scope=view_scope(self._registry), target=value, endpoint=name
        )

    def __getitem__(self, name: Any) -> Any:
        if isinstance(self._registry, AppRegistry):
            return self._registry.table.views[name]
        return super().__getitem__(name)


def view_scope(registry: Registry) -> str | None:
    """Endpoints in a blueprint's view_functions are those of the whole app."""
    return None if isinstance(registry, AppRegistry) else "*"


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
            owner=policy().owner_for(value),
            scope=self._scope,
            target=value,
            code=self._code,
            exception=name,
        )


class Branches(Window, MutableMapping[Any, Any]):
    """A dict of dicts over records that all share the names leading here."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def names(self) -> list[Any]:
        raise NotImplementedError

    def __setitem__(self, name: Any, value: Any) -> None:
        self[name].update(value)

    def __delitem__(self, name: Any) -> None:
        self[name].clear()

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def setdefault(self, name: Any, default: Any = None) -> Any:
        return self[name]

    def get(self, name: Any, default: Any = None) -> Any:
        # Asking for a name that is not there must not answer an empty branch.
        return self[name] if name in self.names() else default

    def __iter__(self) -> Iterator[Any]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def shown(self) -> dict[Any, Any]:
        return {name: self[name].shown() for name in self.names()}


class HandlerCodes(Branches):
    """error_handler_spec[scope]: status code or None -> handlers by class."""

    def __init__(self, registry: Registry, scope: str | None) -> None:
        super().__init__(registry)
        self._scope = scope

    def __getitem__(self, code: int | None) -> Handlers:
        return Handlers(self._registry, self._scope, code)

    def names(self) -> list[Any]:
        records = (
            each for each in in_force(self._registry) if isinstance(each, ErrorHandler)
        )
        found = (each.code for each in records if each.scope == self._scope)
        return list(dict.fromkeys(found))


class HandlerScopes(Branches):
    """error_handler_spec: scope -> handlers by status code and class."""

    def __getitem__(self, scope: str | None) -> HandlerCodes:
        return HandlerCodes(self._registry, scope)

    def names(self) -> list[Any]:
        records = in_force(self._registry)
        found = (each.scope for each in records if isinstance(each, ErrorHandler))
        return list(dict.fromkeys(found))


class Blueprints(RecordDict):
    """blueprints: mount name -> blueprint."""

    def entries(self) -> dict[Any, Record]:
        records = in_force(self._registry)
        return {each.name: each for each in records if isinstance(each, Mount)}

    def make(self, name: Any, value: Any) -> Record:
        owner = policy().owner_for(value)
        return Mount(owner=owner, target=value.registry, name=name)

    def value(self, record: Record) -> Any:
        return record.target.front


class Commands(RecordDict):
    """cli.commands: name -> click command, those of mounted blueprints included."""

    def entries(self) -> dict[Any, Record]:
        found: dict[Any, Record] = {}
        for each in in_force(self._registry):
            if isinstance(each, Command) and each.scope is None:
                found[each.name] = each
            elif isinstance(each, Mount):
                mounted = each.target.front.commands_at(each)
                for name, command in mounted.items():
                    found[name] = Command(owner=each.owner, target=command, name=name)
        return found

    def make(self, name: Any, value: Any) -> Record:
        # click calls; whose function it is tells who registers.
        owner = policy().owner_for(getattr(value, "callback", None))
        return Command(owner=owner, target=value, name=name)


class Setups(Window, MutableSequence[Any]):
    """deferred_functions: what a blueprint runs when it is mounted."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def _records(self) -> list[Record]:
        return [each for each in self._registry.records if isinstance(each, Setup)]

    def shown(self) -> list[Any]:
        return [each.target for each in self._records()]

    def __len__(self) -> int:
        return len(self._records())

    def __getitem__(self, index: Any) -> Any:
        return self.shown()[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        old = self._records()[index]
        policy().exchange(self._registry, [self._make(value)], [old])

    def __delitem__(self, index: Any) -> None:
        gone = self._records()[index]
        former = gone if isinstance(gone, list) else [gone]
        policy().exchange(self._registry, (), former)

    def insert(self, index: int, value: Any) -> None:
        records = self._records()
        before = records[index] if index < len(records) else None
        policy().add(self._registry, [self._make(value)], before)

    def _make(self, function: Any) -> Record:
        return Setup(owner=policy().owner_for(function), target=function)


class TemplateNames(RecordDict):
    """jinja_env.filters, .tests or .globals: the environment's own names, and on
    top of them those that are registered."""

    def __init__(
        self, registry: AppRegistry, kind: str, base: dict[str, Any], table: Any
    ) -> None:
        super().__init__(registry)
        self._kind, self._base, self._table = kind, base, table

    def _registered(self) -> dict[str, Any]:
        # A request renders with the names of the table that it has captured.
        names: dict[str, Any] = self._table().names[self._kind]
        return names

    def shown(self) -> dict[str, Any]:
        return {**self._base, **self._registered()}

    def __getitem__(self, name: Any) -> Any:
        registered = self._registered()
        return registered[name] if name in registered else self._base[name]

    def __contains__(self, name: object) -> bool:
        return name in self._registered() or name in self._base

    def make(self, name: Any, value: Any) -> Record:
        owner = policy().owner_for(value)
        return TemplateName(owner=owner, target=value, kind=self._kind, name=name)

    def __delitem__(self, name: Any) -> None:
        mine = self.entries()
        if name in mine:
            policy().exchange(self._registry, (), [mine[name]])
        else:
            del self._base[name]

    def entries(self) -> dict[Any, Record]:
        return {
            each.name: each
            for each in self._registry.records
            if isinstance(each, TemplateName) and each.kind == self._kind
        }

    def __iter__(self) -> Iterator[Any]:
        return iter(self.shown())

    def __len__(self) -> int:
        return len(self.shown())

    def copy(self) -> dict[str, Any]:
        return self.shown()
