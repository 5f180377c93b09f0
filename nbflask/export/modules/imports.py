"""The imports of a module: what is used, once, in the order that people keep."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from ...ipynb.needs.habits import words

#: The packages that may stand for one another.
FRAMEWORKS = ("nbflask", "flask")
#: The modules that both of them have.
SHARED = words(
    """
    app blueprints cli config ctx debughelpers globals helpers json logging sansio
    sessions signals templating testing typing views wrappers
    """
)
#: What nbflask alone has by these names.
OWN = frozenset({"load_notebook", "install_as_flask"})


@dataclass(frozen=True, order=True, slots=True)
class Import:
    """One name that is imported: `from module import name as alias`.

    Without a name the module itself is, and `alias` is what it is to be called.
    """

    module: str
    name: str = ""
    alias: str = ""
    level: int = 0

    @property
    def bound(self) -> str:
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def is_shared(self) -> bool:
        """Whether both frameworks have it."""
        path = self.module.split(".")[1:2]
        return path[0] in SHARED if path else self.name not in OWN

    def within(self, framework: str) -> Import:
        """Return the same of another framework, if it is of one."""
        is_other = self.top in FRAMEWORKS and self.top != framework
        if self.level or not is_other or not self.is_shared:
            return self
        module = framework + self.module[len(self.top) :]
        # What was called flask goes by that name.
        plain = not self.name and not self.alias and "." not in self.module
        return Import(module, self.name, self.top if plain else self.alias)

    def __str__(self) -> str:
        renamed = f" as {self.alias}" if self.alias not in {"", self.name} else ""
        return f"{self.name or self.module}{renamed}"


def imports_of(node: ast.stmt) -> list[Import]:
    """Return what an import statement imports; a star is the name "*"."""
    if isinstance(node, ast.Import):
        return [Import(each.name, "", each.asname or "") for each in node.names]
    assert isinstance(node, ast.ImportFrom)
    module = node.module or ""
    return [
        Import(module, each.name, each.asname or "", node.level) for each in node.names
    ]


def translated(text: str, framework: str) -> str:
    """Return a statement whose inner imports are those of a framework."""
    return rewritten(text, lambda each: each.within(framework))


def rewritten(text: str, change: Callable[[Import], Import]) -> str:
    """Return a statement that imports something else within its functions."""
    if not any(
        f"import {each}" in text or f"from {each}" in text for each in FRAMEWORKS
    ):
        return text
    lines = text.split("\n")
    nodes = [
        each
        for each in ast.walk(ast.parse(text))
        if isinstance(each, (ast.Import, ast.ImportFrom))
    ]
    for node in sorted(nodes, key=lambda each: each.lineno, reverse=True):
        new = [change(each) for each in imports_of(node)]
        if new != imports_of(node):
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            before = lines[first].encode()[: node.col_offset].decode()
            after = lines[last - 1].encode()[node.end_col_offset or 0 :].decode()
            between = "; " if before.strip() else f"\n{before}"
            lines[first:last] = [f"{before}{between.join(lines_of(new))}{after}"]
    return "\n".join(lines)


def text_of(imports: Iterable[Import]) -> str:
    """Return the statements: Python's own modules, those of others, those beside."""
    groups: list[list[Import]] = [[], [], [], []]
    for each in sorted(set(imports)):
        groups[place_of(each)].append(each)
    return "\n\n".join("\n".join(lines_of(group)) for group in groups if group)


def place_of(each: Import) -> int:
    if each.module == "__future__":
        return 0
    if each.level:
        return 3
    return 1 if each.top in sys.stdlib_module_names else 2


def lines_of(group: list[Import]) -> list[str]:
    plain = [f"import {each}" for each in sorted(group, key=by_module) if not each.name]
    modules: dict[str, list[Import]] = {}
    for each in sorted(group, key=by_module):
        if each.name:
            modules.setdefault("." * each.level + each.module, []).append(each)
    return plain + [line_of(module, each) for module, each in modules.items()]


def by_module(each: Import) -> tuple[str, str]:
    return each.module.lower(), each.name


def line_of(module: str, names: list[Import]) -> str:
    parts = [str(each) for each in sorted(names, key=in_class_order)]
    line = f"from {module} import {', '.join(parts)}"
    if len(line) <= 88:
        return line
    inside = "".join(f"    {each},\n" for each in parts)
    return f"from {module} import (\n{inside})"


def in_class_order(each: Import) -> tuple[int, str]:
    """Constants come first, then classes, then the rest."""
    name = each.name
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def names_behind(star: Import) -> frozenset[str]:
    """Return what `from module import *` gives, none if that cannot be told.

    A module is read, and nothing of it is run; one of Python's own that has no text,
    such as math, is asked.
    """
    place = source_of(star.module)
    if place is not None:
        return public_names(place)
    if star.top not in sys.stdlib_module_names:
        return frozenset()
    module = importlib.import_module(star.module)
    public = (each for each in vars(module) if not each.startswith("_"))
    return frozenset(getattr(module, "__all__", None) or public)


def source_of(module: str) -> Path | None:
    """Return a module's file, found without importing what it is in."""
    path: list[str] | None = None
    for part in module.split("."):
        found = PathFinder.find_spec(part, path)
        if found is None:
            return None
        path = list(found.submodule_search_locations or ())
    origin = found.origin if found is not None else None
    return Path(origin) if origin and origin.endswith(".py") else None


def public_names(place: Path) -> frozenset[str]:
    from ...ipynb.names import uses_of

    try:
        tree = ast.parse(place.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    found: set[str] = set()
    for node in tree.body:
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        if any(isinstance(e, ast.Name) and e.id == "__all__" for e in targets):
            value = getattr(node, "value", None)
            elements = getattr(value, "elts", ())
            return frozenset(
                str(e.value) for e in elements if isinstance(e, ast.Constant)
            )
        found |= uses_of(node).defines
    return frozenset(each for each in found if not each.startswith("_"))
