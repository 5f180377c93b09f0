"""What `import` costs: the processor time of whole processes, with it and without."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from .frameworks import Framework
from .measure import Ratio, in_relation

BARE = ""  # the name of the process that imports nothing

# What a program imports that has one app with one view.
STATEMENTS = {
    "starlette": "from starlette import applications, responses, routing",
}

#: What a kernel has besides modules: its shell, which nbflask finds and attaches to.
SHELL = """\
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance()
"""


@dataclass(frozen=True, slots=True)
class Import:
    """One row: what a new process takes longer that imports the framework."""

    name: str
    target: float
    in_a_kernel: bool

    def ratios(
        self,
        frameworks: Iterable[Framework],
        yardstick: str,
        rounds: int,
        order: random.Random,
    ) -> dict[str, Ratio]:
        programs = {each.name: statement(each) for each in frameworks}
        before = f"{load_first(programs.values())}{SHELL}" if self.in_a_kernel else ""
        programs = {name: before + each for name, each in programs.items()}
        programs[BARE] = before
        times = processor_times(programs, rounds, order)
        bare = times.pop(BARE)
        own = {
            name: [mine - its for mine, its in zip(each, bare, strict=True)]
            for name, each in times.items()
        }
        return in_relation(own, yardstick)


IMPORTS = (
    Import("import in a running kernel", 0.65, in_a_kernel=True),
    Import("import, bare", 0.75, in_a_kernel=False),
)


def kernel_modules() -> list[str]:
    """Return what a kernel has loaded before it runs its first cell."""
    from jupyter_client.manager import start_new_kernel

    printed: list[str] = []

    def take(message: dict) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    manager, client = start_new_kernel(stderr=subprocess.DEVNULL)
    try:
        cell = "import sys; print(*sys.modules)"
        client.execute_interactive(cell, timeout=60, output_hook=take)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return [each for each in "".join(printed).split() if each != "__main__"]


def load_first(programs: Iterable[str]) -> str:
    """Return a program that loads what a kernel has loaded already, and one of these
    programs would load: the rest only adds to the noise."""
    wanted = {name for each in programs for name in loaded_by(f"{SHELL}{each}")}
    return (
        "import contextlib, importlib\n"
        f"for name in {[each for each in kernel_modules() if each in wanted]}:\n"
        "    with contextlib.suppress(ImportError):  # some are made, not imported\n"
        "        importlib.import_module(name)\n"
    )


def loaded_by(program: str) -> list[str]:
    command = [sys.executable, "-c", f"{program}import sys; print(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return done.stdout.split()


def statement(framework: Framework) -> str:
    usual = f"import {framework.package}"
    return f"{STATEMENTS.get(framework.package, usual)}\n"


def processor_times(
    programs: Mapping[str, str], rounds: int, order: random.Random
) -> dict[str, list[float]]:
    """Run every program once in each round, in an order drawn anew."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    names = list(programs)
    with TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for program in programs.values():
            processor_seconds(program, environment)  # compiles what it imports
        for _ in range(rounds):
            order.shuffle(names)
            for name in names:
                times[name].append(processor_seconds(programs[name], environment))
    return times


def processor_seconds(program: str, environment: Mapping[str, str]) -> float:
    """Run a program in a process of its own. Time on the wall would count what else
    the machine does."""
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, program[-200:]
    return used.ru_utime + used.ru_stime
