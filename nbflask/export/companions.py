"""The files beside a module: tests, requests, what serves it elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..ipynb.needs.plan import Plan
from ..ipynb.requests.asked import Recording
from ..ipynb.standing.judging import judged
from .asked import Asked
from .deployment.docker import SERVER, Image, dockerfile, dockerignore
from .deployment.ray import ray_serve
from .deployment.requirements import installed, requirements
from .modules.layout import formatted
from .modules.module import Written
from .modules.secrets import secrets_of
from .requests.checks import Module, checks_of
from .requests.curl import curl_of
from .requests.hiding import hidden
from .requests.http import http_of

Files = dict[Path, str]


def requested(
    plan: Plan, written: Written, recording: Recording, asked: Asked
) -> tuple[Files, list[str]]:
    """Return what is written of a notebook's requests, and what there is to say."""
    notebook = plan.cut.document.name
    told = judged(plan, recording.sent, recording.unsent)
    sent, notes = hidden(told, secrets_of(plan.pieces))
    notes += [f"Only running it tells what it sends: {e}" for e in recording.unsent]
    files: Files = {}
    if asked.tests is not None:
        module = Module(asked.name, plan.app, written.secrets)
        text = checks_of(sent, module, notebook=notebook, ignore=asked.ignore)
        files[asked.tests] = formatted(text)
    if asked.http is not None:
        files[asked.http] = http_of(sent, notebook=notebook)
    if asked.curl is not None:
        files[asked.curl] = curl_of(sent, notebook=notebook, script=asked.curl.name)
    return files, notes


def served_by_ray(plan: Plan, asked: Asked) -> Files:
    """Return the file that Ray Serve reads, if it is asked for."""
    if asked.ray is None:
        return {}
    text = ray_serve(asked.name, plan.app, asked.ray.stem)
    return {asked.ray: formatted(text)}


def dockered(
    plan: Plan, written: Written, files: Iterable[Path], asked: Asked
) -> Files:
    """Return what makes a container of a module, if it is asked for."""
    if not asked.docker:
        return {}
    folder = asked.folder
    besides = {asked.tests, asked.http, asked.curl, asked.ray}
    needed = (each for each in files if each not in besides)
    paths = [each.relative_to(folder).as_posix() for each in needed]
    beside = {each.stem for each in folder.glob("*.py")} & written.imports
    paths += [name for each in sorted(beside) if (name := f"{each}.py") not in paths]
    image = Image(
        module=asked.name,
        variable=plan.app,
        files=tuple(paths),
        secrets=written.secrets,
    )
    own = {each.removesuffix(".py") for each in paths}
    modules = {*written.imports, SERVER} - own
    return {
        folder / "Dockerfile": dockerfile(image),
        folder / ".dockerignore": dockerignore(image),
        folder / "requirements.txt": requirements(modules, installed()),
    }
