"""The floors of the house: who may import whom, and what the package may load.

The imports are read from the source with ast, at module level, in functions and
under TYPE_CHECKING alike; strings (as in nbflask/doors.py) are no imports.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "nbflask"

# Bottom to top. A name stands for a module or for a whole package.
FLOORS = (
    {"typing", "errors", "version", "config", "signals", "doors", "loop", "current"},
    {"memory"},
    {"data", "grammar", "messages", "cookies", "signing", "carrier", "values"},
    {"registry", "server", "alias", "judging", "adapting"},
    {"ctx", "recording", "reach"},
    {"aborting", "logging", "views", "debughelpers", "proxies", "story"},
    {"explain", "outline", "rendering"},
    {"inspection"},
    {"wrappers"},
    {"helpers", "json"},
    {"templating", "responses", "sessions", "resources", "handling"},
    {"straight"},
    {"dispatch", "urls"},
    {"registrar", "tracing", "client"},
    {"mounting", "templates", "additions"},
    {"blueprints"},
    {"app"},
    {"ipynb"},
    {"export", "checking"},
    {"cli", "testing", "globals", "for_flask"},
    {"notebook"},
    {"__init__", "__main__", "sansio"},
)

TOP_LEVEL = {"pyproject.toml", "nbflask", "notebooks", "tests", "README.md"}

# What `import nbflask` is built on, and what it must not load by itself.
# (`import werkzeug` alone loads socketserver, http.server and werkzeug.serving.)
FOUNDATION = (
    *("werkzeug", "werkzeug.routing", "werkzeug.wrappers", "werkzeug.exceptions"),
    *("blinker", "markupsafe"),
)
LAZY = (
    *("IPython", "ipywidgets", "click", "asyncio", "jinja2"),
    *("itsdangerous", "nbflask.signing", "decimal"),
    *("nbflask.registry.adoption", "nbflask.registry.editions"),
    *("socketserver", "http.server", "werkzeug.serving"),
    *("nbflask.server", "nbflask.notebook", "nbflask.cli", "nbflask.testing"),
    *("nbflask.alias", "nbflask.data", "nbflask.for_flask", "flask"),
    *("nbflask.checking", "nbflask.ipynb", "nbflask.export", "nbflask.grammar"),
    *("pandas", "polars", "numpy", "matplotlib"),
)


@dataclass(frozen=True, slots=True)
class Import:
    """One import of one of the package's own modules."""

    line: int
    module: str  # dotted, as a key of House.files


class House:
    """A package's modules and the imports among them."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.files = {self._module(path): path for path in package.rglob("*.py")}
        self.imports = {
            module: tuple(self._imports(module, path))
            for module, path in self.files.items()
        }

    def _module(self, path: Path) -> str:
        parts = path.relative_to(self.package.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def _imports(self, module: str, path: Path) -> Iterator[Import]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            for name in self._names(node, module, path.name == "__init__.py"):
                target = self._nearest(name)
                if target is not None and target != module:
                    yield Import(node.lineno, target)

    def _names(self, node: ast.AST, module: str, is_package: bool) -> Iterator[str]:
        """Yield the dotted names that an import statement may load."""
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            up = node.level - is_package
            base = parts[: len(parts) - up] if node.level else []
            source = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{source}.{alias.name}" for alias in node.names)

    def _nearest(self, name: str) -> str | None:
        """The module that a dotted name is, or is an attribute of."""
        if name.partition(".")[0] != self.package.name:
            return None
        while name not in self.files and "." in name:
            name = name.rpartition(".")[0]
        return name

    def unit(self, module: str) -> str:
        """What stands on a floor: a module of the package, or a package in it."""
        parts = module.split(".")
        return parts[1] if len(parts) > 1 else "__init__"

    def place(self, module: str, line: int = 1) -> str:
        path = self.files[module].relative_to(self.package.parent)
        return f"{path.as_posix()}:{line}"


def floor_of(unit: str) -> int | None:
    """The number of a unit's floor, from 1; None if it stands on none."""
    return next((n for n, units in enumerate(FLOORS, 1) if unit in units), None)


def unplaced(house: House, module: str) -> list[str]:
    unit = house.unit(module)
    if floor_of(unit) is not None:
        return []
    return [
        f"{house.place(module)}: '{unit}' stands on no floor."
        " Add it to FLOORS in tests/test_architecture.py, or move its code."
    ]


def imports_from_above(house: House, module: str) -> list[str]:
    unit = house.unit(module)
    floor = floor_of(unit) or 0
    complaints = []
    for found in house.imports[module]:
        other = house.unit(found.module)
        other_floor = floor_of(other)
        if other != unit and other_floor is not None and other_floor >= floor:
            complaints.append(
                f"{house.place(module, found.line)}: {unit} (floor {floor}) imports"
                f" {found.module} (floor {other_floor}). Import only from floors below:"
                " pass the object in, put its protocol into nbflask/typing.py, or"
                " name it in nbflask/doors.py."
            )
    return complaints


def circles(house: House, module: str) -> list[str]:
    """Complain about the shortest way from a module's imports back to it."""
    ways = [(found, (found.module,)) for found in house.imports[module]]
    seen: set[str] = set()
    for first, way in ways:
        if way[-1] == module:
            drawn = " -> ".join([module, *way])
            place = house.place(module, first.line)
            return [f"{place}: import circle {drawn}. Move what both need below both."]
        if way[-1] not in seen:
            seen.add(way[-1])
            onward = house.imports.get(way[-1], ())
            ways.extend((first, (*way, found.module)) for found in onward)
    return []


HOUSE = House(PACKAGE)
MODULES = sorted(HOUSE.files)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_stands_on_a_floor(module):
    complaints = unplaced(HOUSE, module)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_floors_below(module):
    complaints = imports_from_above(HOUSE, module)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_in_an_import_circle(module):
    complaints = circles(HOUSE, module)
    assert not complaints, "\n".join(complaints)


# The checks themselves, tried on small houses


def build(folder: Path, files: dict[str, str]) -> House:
    for name, text in {"__init__.py": "", **files}.items():
        path = folder / "nbflask" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return House(folder / "nbflask")


def complaints_about(house: House) -> list[str]:
    checks = (unplaced, imports_from_above, circles)
    return [
        text
        for m in sorted(house.files)
        for check in checks
        for text in check(house, m)
    ]


@pytest.mark.parametrize(
    "files",
    [
        {
            "app.py": "from . import ctx\nfrom .views import V",
            "ctx.py": "",
            "views.py": "",
        },
        {"app.py": "def f():\n    from nbflask.ctx import push", "ctx.py": ""},
        {"doors.py": "CLI = 'nbflask.cli:group'", "cli/__init__.py": ""},
        {"app.py": "import typing, nbflaskery, flask.globals"},
        {"json/__init__.py": "from .tag import T", "json/tag.py": "import json"},
        {
            "json/a.py": "from ..errors import E",
            "errors.py": "",
            "json/__init__.py": "",
        },
        {"__init__.py": "from .app import Flask", "app.py": ""},
    ],
)
def test_imports_that_keep_the_rules_pass(files, tmp_path):
    assert complaints_about(build(tmp_path, files)) == []


UP, CIRCLE = "imports nbflask", "import circle"


@pytest.mark.parametrize(
    ("files", "place", "complaint"),
    [
        ({"ctx.py": "import nbflask.app", "app.py": ""}, "ctx.py:1", UP),
        ({"ctx.py": "\nfrom .app import F", "app.py": ""}, "ctx.py:2", UP),
        ({"ctx.py": "from nbflask import app", "app.py": ""}, "ctx.py:1", UP),
        ({"ctx.py": "from . import app as a", "app.py": ""}, "ctx.py:1", UP),
        ({"ctx.py": "import os\nfrom nbflask import Flask"}, "ctx.py:2", UP),
        ({"ctx.py": "def f():\n    from .app import F", "app.py": ""}, "ctx.py:2", UP),
        ({"views.py": "from .helpers import h", "helpers.py": ""}, "views.py:1", UP),
        ({"ctx.py": "if T:\n    import nbflask.app", "app.py": ""}, "ctx.py:2", UP),
        ({"json/a.py": "from .. import app", "app.py": ""}, "json/a.py:1", UP),
        ({"json/__init__.py": "from ..app import F", "app.py": ""}, "json/__i", UP),
        ({"ctx.py": "from .cli.groups import G", "cli/groups.py": ""}, "ctx.py:1", UP),
        ({"utils.py": ""}, "utils.py:1", "stands on no floor"),
        (
            {"json/a.py": "from . import b", "json/b.py": "from .a import x"},
            "a.py:1",
            CIRCLE,
        ),
        (
            {"json/__init__.py": "from .a import x", "json/a.py": "from . import y"},
            "a",
            CIRCLE,
        ),
    ],
)
def test_imports_that_break_the_rules_are_named_with_their_place(
    files, place, complaint, tmp_path
):
    found = complaints_about(build(tmp_path, files))
    assert any(place in text and complaint in text for text in found), found


# What an import loads, and what the project's folder holds


def loaded_by(*modules: str) -> set[str]:
    """The names in sys.modules after importing modules in a clean interpreter."""
    code = f"import json, sys, {', '.join(modules)}; print(json.dumps([*sys.modules]))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def added() -> set[str]:
    """The modules that `import nbflask` loads on top of what it is built on."""
    return loaded_by("nbflask") - loaded_by(*FOUNDATION)


@pytest.mark.parametrize("name", LAZY)
def test_importing_the_package_does_not_load(name, added):
    found = sorted(m for m in added if m == name or m.startswith(f"{name}."))
    assert not found, (
        f"import nbflask loads {', '.join(found[:3])}. Import {name} inside the"
        " function that needs it, or name it in nbflask/doors.py."
    )


def test_the_top_level_of_the_project_stays_small():
    command = ["git", "ls-files"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    files = done.stdout.splitlines() or [each.name for each in PROJECT.iterdir()]
    names = {name.partition("/")[0] for name in files} - {"nbflask.egg-info", "build"}
    extra = {name for name in names if not name.startswith(".")} - TOP_LEVEL
    assert not extra, f"{sorted(extra)} at the top: move it into one of {TOP_LEVEL}."
