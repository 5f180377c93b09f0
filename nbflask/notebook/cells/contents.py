"""The templates and static files of an app, those of cells and those of folders: their
names, and which of them a wrong name may have meant. Makes no card."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from pathlib import PurePath
from typing import Any

from ...reach import view_record
from ...registry.owners import FRAMEWORK
from ...registry.records import Record
from ...registry.table import Table, scopes_of
from ...testing import ClientResponse

#: Names that are compared with a wrong one: a folder may hold anything.
MOST_NAMES = 2_000
#: The endpoint of an app's static files: those of cells are served there alone.
STATIC = "static"


def templates(app: Any) -> list[str]:
    """Return the names of an app's templates; of its own alone if no more can be
    known, such as of a loader that lists nothing."""
    try:
        loader = vars(app).get("jinja_env") or app.create_global_jinja_loader()
        return list(loader.list_templates())
    except Exception:
        return list(app.registry.table.templates)


def static_files(app: Any, endpoint: str) -> list[str]:
    """Return the names of the static files that an endpoint serves."""
    scope = scopes_of(endpoint)[0]
    holder = app if scope is None else app.blueprints.get(scope)
    own = app.registry.table.static_files if scope is None else ()
    found = names_in(getattr(holder, "static_folder", None))
    return [*own, *islice(found, MOST_NAMES)]


def names_in(folder: str | None) -> Iterator[str]:
    """Yield the files of a folder, by their paths from there."""
    for place, _, files in os.walk(folder or os.devnull):
        inside = PurePath(os.path.relpath(place, folder))
        yield from ((inside / file).as_posix() for file in files)


def static_name(response: ClientResponse) -> str | None:
    """Return the static file that a request asked for, if it was for one."""
    table, endpoint = response.story.table, response.story.endpoint
    view = None if table is None else view_record(table, endpoint)
    if table is None or view is None or view.owner != FRAMEWORK:
        return None
    rules = (each for each in table.bound.values() if each.endpoint == endpoint)
    before = next((each.rule.partition("<path:filename>") for each in rules), None)
    path: str = response.request.path
    if before is None or not before[1] or not path.startswith(before[0]):
        return None
    return path.removeprefix(before[0])


def owner_of_static(response: ClientResponse) -> str | None:
    """Return "style.css, cell [3]" for a response with a static file of a cell, the
    file alone for one of a folder; None for all other responses."""
    name, table = static_name(response), response.story.table
    if name is None or table is None or response.status_code >= 400:
        return None
    record = of_cells(table, response.story.endpoint).get(name)
    return name if record is None else f"{name}, {record.owner}"


def of_cells(table: Table, endpoint: str | None) -> Mapping[str, Record]:
    return table.static_files if endpoint == STATIC else {}


def meant(name: str, names: Iterable[str], records: Mapping[str, Record]) -> str:
    """Return "did you mean 'style.css' (cell [3])?", nothing if no name is near."""
    known = list(islice(dict.fromkeys(names), MOST_NAMES))
    near = get_close_matches(name, known, 1)
    if not near:
        return ""
    record = records.get(near[0])
    owner = "" if record is None else f" ({record.owner})"
    return f"did you mean {near[0]!r}{owner}?"
