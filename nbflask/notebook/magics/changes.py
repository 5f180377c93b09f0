"""The end of a magic that is all that its cell holds: what it changed is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...grammar.errors import LineError
from ...registry.editions import current_edition, seen_without
from ...registry.records import Record, Route, StaticFile, TemplateSource
from ...registry.registry import Registry
from ..display import routes
from ..display.routes import Change
from ..session import Notebook


def settle() -> None:
    """Withdraw what the cell no longer files: nothing more is to come."""
    edition = current_edition()
    if edition is not None:
        edition.withdraw_leftovers()


def too_late() -> LineError:
    """Return what is said of what Flask's own rules refuse once an app has begun."""
    return LineError(
        "It comes too late by Flask's own rules, which NBFlask.live = False gives back:"
        " run it before the first request, or say %config NBFlask.live = True"
    )


def show_changes(
    notebook: Notebook, registry: Registry, before: Sequence[Record]
) -> None:
    """Show what the cell has changed; `before` are the records that the registry it
    files into had, which is all that is known by Flask's own rules."""
    edition = current_edition()
    changes = changes_in(registry, before) if edition is None else edition.changes()
    prefix = notebook.app.static_url_path or ""
    lines = [change(sign, record, prefix) for sign, record in changes]
    if not lines and edition is None:
        print("Nothing has changed: it is in force already.")
        return
    # What a former app has lost to this one is not gone.
    here = {replace(each, sign="-") for each in lines if each.sign != "-"}
    shown = [each for each in lines if each.sign != "-" or each not in here]
    notebook.show(routes.changes(shown))


def changes_in(
    registry: Registry, before: Sequence[Record]
) -> Iterator[tuple[str, Record]]:
    """Yield what came into a registry, as its apps see it."""
    for record in seen_without(registry.records, before):
        for seen in registry.seen_in_apps(record):
            yield "+", seen


def change(sign: str, record: Record, static_url_path: str) -> Change:
    if isinstance(record, TemplateSource):
        return Change(sign, "template", record.name)
    if isinstance(record, StaticFile):
        return Change(sign, ("GET",), f"{static_url_path}/{record.path}")
    assert isinstance(record, Route)
    methods = tuple(sorted(record.asked_methods))
    return Change(sign, methods, record.rule, record.endpoint)
