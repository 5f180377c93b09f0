"""A loaded notebook follows its file: what has changed runs again, all of it or none.

Whoever asks the app meanwhile is kept out by others.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence, MutableSet
from dataclasses import dataclass, replace
from typing import Any

from ...app import Flask
from ...registry import turns
from ...registry.editions import Edition
from ..needs.plan import Plan
from ..reading import Document
from .changes import Difference, difference, paired_keys
from .loading import Loaded, Progress, at_home, give_names, plan_of
from .steps import Step, steps_of

FILLED = (MutableMapping, MutableSequence, MutableSet)


@dataclass(frozen=True, slots=True)
class Version:
    """What a notebook's file says: its cells, their keys, the plan and its steps."""

    document: Document
    keys: dict[int, str]
    plan: Plan
    steps: tuple[Step, ...]


def next_version(loaded: Loaded, document: Document) -> tuple[Version, Difference]:
    """Return what a file says now, and what that changes. Nothing is run.

    Raises NotebookError.
    """
    plan = plan_of(document, loaded.asked)
    keys = paired_keys(loaded.document, loaded.keys, document)
    steps = steps_of(plan, keys)
    names = loaded.scene.names

    def is_filled(name: str) -> bool:
        return isinstance(names.get(name), FILLED)

    renewed = {plan.app} if makes_an_app(loaded.plan, plan) else set()
    found = difference(loaded.steps, steps, is_filled, renewed)
    return Version(document, keys, plan, steps), found


def makes_an_app(before: Plan, after: Plan) -> bool:
    """Whether loading the magics has to make an app that was not made before."""
    was = before.makes_app and before.app == after.app
    return after.makes_app and not was


def renew(
    loaded: Loaded,
    version: Version,
    found: Difference,
    progress: Progress = lambda *_: None,
) -> None:
    """Run what a new version changes. Raises NotebookError, and then everything is
    as it was: what the app has, its settings, and what the names mean."""
    before = Before(loaded)
    done: list[Edition] = []
    try:
        is_new = makes_an_app(loaded.plan, version.plan)
        take(loaded, version)
        withdraw(loaded, found, done)
        for name in found.names:
            loaded.scene.names.pop(name, None)
        give_names(loaded.scene, defined_by(version.steps), makes_app=is_new)
        loaded.run(found.again, progress, done)
        loaded.app  # noqa: B018  # its variable may hold something else by now
    except BaseException:
        for edition in reversed(done):
            edition.roll_back()
        before.restore(loaded)
        raise


def take(loaded: Loaded, version: Version) -> None:
    loaded.document, loaded.keys = version.document, version.keys
    loaded.plan = loaded.scene.plan = version.plan
    loaded.steps = version.steps


def defined_by(steps: tuple[Step, ...]) -> set[str]:
    return {name for each in steps for name in each.defines}


def withdraw(loaded: Loaded, found: Difference, done: list[Edition]) -> None:
    """Take back what the steps that are gone have filed."""
    with at_home(loaded.path.parent), turns.set_aside():
        for step in found.gone:
            # A run of nothing: what it no longer files goes.
            loaded.run_step(replace(step, pieces=()), done)


class Before:
    """How everything was that is no record in a registry."""

    def __init__(self, loaded: Loaded) -> None:
        self.version = Version(loaded.document, loaded.keys, loaded.plan, loaded.steps)
        self.names = dict(loaded.scene.names)
        self.settings: list[tuple[Flask, dict[str, Any]]] = [
            (each, dict(each.config))
            for each in loaded.scene.names.values()
            if isinstance(each, Flask)
        ]
        self.written = loaded.scene.written.state()

    def restore(self, loaded: Loaded) -> None:
        take(loaded, self.version)
        names = loaded.scene.names
        for name in names.keys() - self.names.keys():
            del names[name]
        names.update(self.names)
        for app, settings in self.settings:
            for key in app.config.keys() - settings.keys():
                del app.config[key]
            app.config.update(settings)
        loaded.scene.written.restore(self.written)
