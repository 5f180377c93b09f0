"""The end of a magic that is all that its cell holds: what it changed is shown."""

from __future__ import annotations

from dataclasses import replace

from ...registry.editions import current_edition
from ...registry.records import Record, Route, StaticFile, TemplateSource
from ..display import routes
from ..display.routes import Change
from ..session import Notebook


def settle() -> None:
    """Withdraw what the cell no longer files: nothing more is to come."""
    edition = current_edition()
    if edition is not None:
        edition.withdraw_leftovers()


def show_changes(notebook: Notebook) -> None:
    """Show what the cell has changed."""
    edition = current_edition()
    if edition is None:
        return
    prefix = notebook.app.static_url_path or ""
    lines = [change(sign, record, prefix) for sign, record in edition.changes()]
    # What a former app has lost to this one is not gone.
    here = {replace(each, sign="-") for each in lines if each.sign != "-"}
    shown = [each for each in lines if each.sign != "-" or each not in here]
    notebook.show(routes.changes(shown))


def change(sign: str, record: Record, static_url_path: str) -> Change:
    if isinstance(record, TemplateSource):
        return Change(sign, "template", record.name)
    if isinstance(record, StaticFile):
        return Change(sign, ("GET",), f"{static_url_path}/{record.path}")
    assert isinstance(record, Route)
    methods = tuple(sorted(record.asked_methods))
    return Change(sign, methods, record.rule, record.endpoint)
