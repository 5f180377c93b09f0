"""Values and states: what `dataclass` makes of annotations, without its delay.

`dataclass` writes the code of a class and runs it, which takes up to half a
millisecond: too long for the many classes that importing this package makes. A class
of these has its slots at once, and its `__init__` when its first object is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**how: bool) -> Any:
        """Tell type checkers what a class does with annotations. Does nothing."""
        return lambda kind: kind


#: The default of a field that has to be given.
REQUIRED: Final[Any] = object()


class Fields(type):
    """The class of such classes: it makes their annotations slots."""

    #: Each field's default, in their order.
    _fields: dict[str, Any]

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> Fields:
        annotations: dict[str, str] = namespace.get("__annotations__", {})
        fields = {
            field: namespace.pop(field, REQUIRED)
            for field, kind in annotations.items()
            if not kind.startswith("ClassVar")
        }
        namespace.update(__slots__=tuple(fields), __init__=first)
        made = super().__new__(cls, name, bases, namespace)
        made._fields = {**getattr(made, "_fields", {}), **fields}
        return made


def first(self: Plain, *args: Any, **given: Any) -> None:
    """Make the first object of a class, and the code that makes all others."""
    kind: Any = type(self)
    kind.__init__ = written(kind)
    kind.__init__(self, *args, **given)


def written(kind: type[Plain]) -> Any:
    """Return the `__init__` of a class."""
    fields = kind._fields
    parameters = (
        name if default is REQUIRED else f"{name}=fields[{name!r}]"
        for name, default in fields.items()
    )
    head = ", ".join([*kind._before, *parameters])
    steps = (f"    put(self, {name!r}, {name})" for name in fields)
    names: dict[str, Any] = {"fields": fields, "put": object.__setattr__}
    exec("\n".join([f"def __init__({head}):", *steps]), names)
    names["__init__"].__qualname__ = f"{kind.__qualname__}.__init__"
    return names["__init__"]


class Plain(metaclass=Fields):
    """What has the fields that are annotated. A default is one object for all.

    Such objects compare by identity, unless their class says otherwise.
    """

    _before: ClassVar[tuple[str, ...]] = ("self",)

    def _shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self)._fields}

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """Take the fields of the value that this is a copy of."""
        for name, each in state[1].items():
            object.__setattr__(self, name, each)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={each!r}" for name, each in self._shown().items())
        return f"{type(self).__qualname__}({shown})"


@dataclass_transform(eq_default=False)
class State(Plain):
    """What changes with time: each field may be assigned to, and no other name."""


@dataclass_transform(frozen_default=True, eq_default=False)
class Value(Plain):
    """What is never changed."""

    def altered(self, **changes: Any) -> Self:
        """Return one that is like this one but for some fields."""
        return type(self)(**{**self._shown(), **changes})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")


@dataclass_transform(frozen_default=True, eq_default=False, kw_only_default=True)
class Named(Value):
    """A value whose fields are given by name only, so that those with a default need
    not come last."""

    _before = ("self", "*")
