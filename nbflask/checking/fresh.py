"""An app of a notebook that nobody has used: loaded anew, though read only once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ..ipynb.errors import NotebookError as NotebookError
from ..ipynb.needs.plan import Plan
from ..ipynb.reading import path_and_app, read_notebook
from ..ipynb.runs.loading import Loaded, plan_of


def fresh_app(notebook: str, folders: Iterable[Path]) -> Loaded:
    """Load a notebook ("api.ipynb:app") that lies in one of some folders, the first
    that has it. Close it after use. Raises NotebookError."""
    name, app = path_and_app(notebook)
    places = [folder / name for folder in folders]
    path = next((each for each in places if each.is_file()), None)
    if path is None:
        tried = ", ".join(dict.fromkeys(str(each.parent) for each in places))
        raise NotebookError(f"There is no notebook {name} in {tried}")
    path = path.resolve()
    plan = planned(path, path.stat().st_mtime_ns, app)
    loaded = Loaded(path, app, plan.cut.document, plan, lambda *_: None)
    try:
        loaded.app  # noqa: B018  # a variable may hold something else by now
    except NotebookError:
        loaded.close()
        raise
    return loaded


@cache
def planned(path: Path, changed: int, app: str | None) -> Plan:
    """Return what is to be run of a notebook, as it is since it was changed."""
    return plan_of(read_notebook(path), app)
