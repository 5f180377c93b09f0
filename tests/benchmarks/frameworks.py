"""The frameworks that are compared, and where their apps are."""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import Any

FLASK = "Flask"
NBFLASK = "nbflask"

# The module whose apps a peer has, beside the name it is installed by.
PEERS = {
    FLASK: "like_flask",
    "Bottle": "bottle",
    "Falcon": "falcon",
    "Werkzeug": "werkzeug",
    "Starlette": "starlette",
    "FastAPI": "fastapi",
}


@dataclass(frozen=True, slots=True)
class Framework:
    """An imported framework: its name, and the module its apps are written in."""

    name: str
    package: str
    apps: ModuleType
    arguments: tuple[ModuleType, ...] = ()  # what the apps are to be made with

    @property
    def version(self) -> str:
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return "not installed as a package"

    @property
    def family(self) -> str:
        return self.apps.__name__.rpartition(".")[2]

    @property
    def asynchronous(self) -> bool:
        return self.family in {"starlette", "fastapi"}

    def has(self, app: str) -> bool:
        return hasattr(self.apps, app)

    def app(self, name: str) -> Any:
        """Return the app of this name, made anew."""
        return getattr(self.apps, name)(*self.arguments)


def find(candidate: str = NBFLASK) -> tuple[list[Framework], list[str]]:
    """Return the installed frameworks, the candidate first, and what is missing.

    Raises ImportError if the candidate itself cannot be imported.
    """
    found, missing = [find_candidate(candidate)], []
    for name, apps in PEERS.items():
        try:
            found.append(_peer(name, apps))
        except ImportError:
            missing.append(name)
    return found, missing


def find_candidate(package: str = NBFLASK) -> Framework:
    """Return what is measured as nbflask: its API is Flask's, and its apps are."""
    apps = importlib.import_module(".apps.like_flask", __package__)
    return Framework(NBFLASK, package, apps, (importlib.import_module(package),))


def _peer(name: str, apps: str) -> Framework:
    package = name.lower()
    arguments = (importlib.import_module(package),) if name == FLASK else ()
    with warnings.catch_warnings():
        # Starlette's client would rather have another httpx.
        warnings.simplefilter("ignore")
        module = importlib.import_module(f".apps.{apps}", __package__)
        if apps in {"starlette", "fastapi"}:
            importlib.import_module("starlette.testclient")
    return Framework(name, package, module, arguments)
