"""A dict of thousands of entries that is changed by laying some over it, so that a
change costs what it changes.
"""

from __future__ import annotations

from collections.abc import Hashable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Final, Generic, TypeVar

from ..values import Value

K = TypeVar("K", bound=Hashable)

#: So many entries are laid over others, before both are made one.
MOST = 64
#: What is laid over an entry that is no more.
GONE: Final[Any] = object()
NOTHING: Final[dict[Any, Any]] = {}


class Layers(Value, Generic[K]):
    """What is `over` hides what is in the `base`. Neither is ever changed."""

    base: dict[K, Any] = NOTHING
    over: dict[K, Any] = NOTHING

    def get(self, key: K) -> Any:
        """Return a value, or GONE."""
        return self.over[key] if key in self.over else self.base.get(key, GONE)

    def changed(self, changes: Mapping[K, Any]) -> Layers[K]:
        over = {**self.over, **changes}
        return (
            Layers(self.base, over)
            if len(over) <= MOST
            else Layers(flat(self.base, over))
        )

    def whole(self) -> dict[K, Any]:
        return flat(self.base, self.over)


def flat(base: Mapping[K, Any], over: Mapping[K, Any]) -> dict[K, Any]:
    whole = {**base, **over}
    for key, value in over.items():
        if value is GONE:
            del whole[key]
    return whole


class Lookup(dict[K, Any]):
    """Layers as a dict to look up in, which is fast from the second time on."""

    def __init__(self, layers: Layers[K]) -> None:
        self._layers = layers

    def __missing__(self, key: K) -> Any:
        value = self._layers.get(key)
        if value is GONE:
            raise KeyError(key)
        self[key] = value
        return value

    def get(self, key: K, default: Any = None) -> Any:
        value = self._layers.get(key)
        return default if value is GONE else value

    def __contains__(self, key: object) -> bool:
        return self._layers.get(key) is not GONE  # type: ignore[arg-type]

    def _whole(self) -> Lookup[K]:
        if dict.__len__(self) < len(whole := self._layers.whole()):
            self.update(whole)
        return self

    def __len__(self) -> int:
        return dict.__len__(self._whole())

    def __iter__(self) -> Iterator[K]:
        return dict.__iter__(self._whole())

    def keys(self) -> KeysView[K]:  # type: ignore[override]
        return dict.keys(self._whole())

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        return dict.values(self._whole())

    def items(self) -> ItemsView[K, Any]:  # type: ignore[override]
        return dict.items(self._whole())

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self._whole(), other)

    __hash__ = None
