"""The notebook in tests: a real shell, and a real kernel process."""

import asyncio
import atexit
import builtins
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from queue import Empty
from time import monotonic
from typing import Any

import pytest
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import KernelManager
from lines import NEWEST, Kernels, Line, own_sockets
from traitlets.config import Config

import nbflask.notebook as layer
from nbflask import blueprints
from nbflask.doors import DOORS
from nbflask.registry.registry import _registries

#: Seconds that a kernel has for a cell, and for its start.
LIMIT = 60.0
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Publisher(DisplayPublisher):
    """Publishes as a terminal does, and remembers every bundle."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bundles: list[dict[str, Any]] = []

    def publish(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        self.bundles.append(data)
        super().publish(data, *args, **kwargs)


class Hook(DisplayHook):
    """Writes Out[n] as a terminal does, and remembers every bundle."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.display_pub.bundles.append(format_dict)
        super().write_format_data(format_dict, md_dict)


class Shell(InteractiveShell):
    """IPython without a terminal, a disk and a banner."""

    displayhook_class = Hook
    display_pub_class = Publisher

    def enable_gui(self, gui: Any = None) -> None:
        """There is none."""


@dataclass
class Ran:
    """What a cell did: all it wrote and showed, and how it ended."""

    ok: bool
    text: str
    html: str
    result: Any
    error: BaseException | None
    bundles: list[dict[str, Any]]


class Notebook:
    """A shell to run cells in, as a person or a front end does."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.names = shell.user_ns

    def run(self, cell: str, id: str | None = None) -> Ran:
        out = StringIO()
        bundles = self.shell.display_pub.bundles = []
        with redirect_stdout(out), redirect_stderr(out):
            done = self.shell.run_cell(cell, store_history=True, cell_id=id)
        return Ran(
            ok=done.success,
            text=COLOUR.sub("", out.getvalue()),
            html="\n".join(each.get("text/html", "") for each in bundles),
            result=done.result,
            error=done.error_before_exec or done.error_in_exec,
            bundles=bundles,
        )

    def do(self, cell: str, id: str | None = None) -> Ran:
        """Run a cell that has to succeed."""
        ran = self.run(cell, id)
        assert ran.ok, ran.text
        return ran

    def get(self, path: str, **options: Any) -> Any:
        """Ask the notebook's app, from outside any cell."""
        return self.names["app"].test_client().get(path, **options)

    def body(self, path: str) -> str:
        """Return the text that the app answers, or the status of a failure."""
        response = self.get(path)
        return (
            response.text if response.status_code < 400 else str(response.status_code)
        )

    def rules(self) -> list[str]:
        """Return methods and rule of each route that a person made."""
        rules = self.names["app"].url_map.iter_rules()
        shown = (
            f"{','.join(sorted(rule.methods - {'HEAD', 'OPTIONS'}))} {rule.rule}"
            for rule in rules
            if rule.endpoint != "static"
        )
        return sorted(shown)


@pytest.fixture
def shell(tmp_path: Any) -> Iterator[Shell]:
    """A shell of one's own that knows nothing of nbflask yet."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    before = sys.modules["__main__"], sys.excepthook, sys.displayhook
    others = set(_registries)
    # Python's own console leaves it, and then a shell keeps no last result.
    vars(builtins).pop("_", None)
    Shell.clear_instance()
    shell = Shell.instance(config=config, ipython_dir=str(tmp_path / "ipython"))
    try:
        yield shell
    finally:
        layer.detach()
        # What a cell filed waits for its next run, but not in another test.
        blueprints._made_before.clear()
        for registry in set(_registries) - others:
            _registries.discard(registry)
        shell.restore_sys_module_state()
        atexit.unregister(shell.atexit_operations)
        Shell.clear_instance()
        sys.modules["__main__"], sys.excepthook, sys.displayhook = before
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            with suppress(AttributeError):
                delattr(sys, name)
        close_loop()


def close_loop() -> None:
    """Close the loop that IPython made for async cells."""
    from IPython.core import async_helpers

    loop, async_helpers._asyncio_event_loop = async_helpers._asyncio_event_loop, None
    if loop is not None:
        loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture
def bare(shell: Shell) -> Notebook:
    """A notebook in which nothing was loaded."""
    return Notebook(shell)


@pytest.fixture
def notebook(bare: Notebook) -> Iterator[Notebook]:
    """A notebook after %load_ext nbflask, which leaves nothing behind."""
    before = remains(bare.shell)
    bare.do("%load_ext nbflask")
    yield bare
    bare.do("%unload_ext nbflask")
    assert remains(bare.shell) == before


#: The methods of a shell that loading takes over.
TAKEN = ("debugger", "run_code", "showtraceback")


def remains(shell: Shell) -> dict[str, Any]:
    """Everything in a shell and in this process that loading may touch."""
    events = shell.events.callbacks
    formatters = shell.display_formatter.formatters
    return {
        "magics": {kind: set(has) for kind, has in shell.magics_manager.magics.items()},
        "events": {name: list(has) for name, has in events.items()},
        "transformers": list(shell.input_transformers_cleanup),
        "matchers": list(shell.Completer.custom_matchers),
        "settings": [each for each in shell.configurables if is_ours(each)],
        "shown": {
            kind: set(each.type_printers) | set(each.deferred_printers)
            for kind, each in (
                *formatters.items(),
                ("display", shell.display_formatter.ipython_display_formatter),
            )
        },
        "methods": {each: vars(shell)[each] for each in TAKEN if each in vars(shell)},
        "doors": dict(DOORS),
    }


def is_ours(thing: Any) -> bool:
    return type(thing).__module__.startswith("nbflask")


class Kernel:
    """A kernel process, driven by messages as a front end does."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        #: Changed displays that nobody has asked for yet.
        self.updates: list[dict[str, str]] = []
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LIMIT)

    def run(
        self,
        cell: str,
        id: str | None = None,
        answers: Sequence[str] = (),
        interrupt_at: str | None = None,
    ) -> Ran:
        """Run a cell; `answers` are what it is told when it asks. It is interrupted
        when it has written a text."""
        message = self.client.session.msg(
            "execute_request",
            {
                "code": cell,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": bool(answers),
                "stop_on_error": False,
            },
            metadata={} if id is None else {"cellId": id},
        )
        self.client.shell_channel.send(message)
        for answer in answers:
            self.client.get_stdin_msg(timeout=LIMIT)
            self.client.input(answer)
        return self._gather(message["header"]["msg_id"], interrupt_at)

    def complete(self, typed: str) -> list[str]:
        """Press Tab where "|" stands; return what the cell may become, and where the
        cursor is then."""
        before, _, after = typed.partition("|")
        asked = self.client.complete(before + after, len(before))
        content = self._reply(asked)
        kept = before[: content["cursor_start"]]
        assert content["cursor_end"] == len(before)
        return [f"{kept}{match}|{after}" for match in content["matches"]]

    def click(self, model: str) -> None:
        """Click a widget's button, as a front end does."""
        content = {"method": "custom", "content": {"event": "click"}}
        message = self.client.session.msg(
            "comm_msg", {"comm_id": model, "data": content}
        )
        self.client.shell_channel.send(message)
        for _ in self._messages(message["header"]["msg_id"]):
            pass

    def _gather(self, asked: str, interrupt_at: str | None = None) -> Ran:
        texts, bundles = [], []
        for kind, content in self._messages(asked):
            if kind == "stream":
                texts.append(content["text"])
                if interrupt_at is not None and interrupt_at in "".join(texts):
                    self.manager.interrupt_kernel()
                    interrupt_at = None
            elif kind in ("display_data", "execute_result"):
                bundles.append(content["data"])
                texts.append(content["data"].get("text/plain", "") + "\n")
            elif kind == "error":
                texts.append("\n".join(content["traceback"]))
        html = "\n".join(each.get("text/html", "") for each in bundles)
        text = COLOUR.sub("", "".join(texts))
        error = self._failure(asked)
        return Ran(error is None, text, html, None, error, bundles)

    def _failure(self, asked: str) -> BaseException | None:
        """Return what the kernel's reply says of how the cell ended."""
        content = self._reply(asked)
        if content["status"] == "ok":
            return None
        return RuntimeError(content["ename"], content["evalue"])

    def _reply(self, asked: str) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=LIMIT)
            if reply["parent_header"].get("msg_id") == asked:
                content: dict[str, Any] = reply["content"]
                return content

    def _messages(self, asked: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what the kernel says of one cell, until it is idle again."""
        end = monotonic() + LIMIT
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=end - monotonic())
            except (Empty, ValueError):
                pytest.fail(f"The cell took longer than {LIMIT} seconds.")
            self._note_update(message)
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return
            yield kind, content

    def updated(self, holds: Callable[[str], bool], kind: str = "text/plain") -> str:
        """Wait for a display to change into what a condition holds for; return it."""
        end = monotonic() + LIMIT
        while True:
            while self.updates:
                shown: str = self.updates.pop(0)[kind]
                if holds(shown):
                    return shown
            try:
                message = self.client.get_iopub_msg(timeout=end - monotonic())
            except (Empty, ValueError):
                pytest.fail(f"No display changed so within {LIMIT} seconds.")
            self._note_update(message)

    def _note_update(self, message: Any) -> None:
        if message["msg_type"] == "update_display_data":
            self.updates.append(message["content"]["data"])

    def do(self, cell: str, id: str | None = None) -> Ran:
        """Run a cell that has to succeed."""
        ran = self.run(cell, id)
        assert ran.ok, ran.text
        return ran

    def restart(self) -> None:
        self.updates.clear()
        self.manager.restart_kernel(now=False)
        self.client.wait_for_ready(timeout=LIMIT)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def line(request: Any) -> Line:
    """The line of IPython and ipykernel that a kernel is of; see `on_every_line`."""
    return getattr(request, "param", NEWEST)


@pytest.fixture(scope="module")
def kernel_process(line: Line, tmp_path_factory: Any) -> Iterator[Kernel]:
    manager = KernelManager(
        kernel_name=line.name, kernel_spec_manager=Kernels(), **own_sockets()
    )
    manager.start_kernel(cwd=str(tmp_path_factory.mktemp("kernel")))
    kernel = Kernel(manager)
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(kernel_process: Kernel) -> Kernel:
    """A real ipykernel, with nothing in it. One process serves a whole file."""
    kernel_process.restart()
    return kernel_process


@pytest.fixture(scope="module")
def terminal(line: Line, tmp_path_factory: Any) -> Iterator[Any]:
    """IPython on a pty. One process serves a whole file."""
    from terminal import Terminal  # where there are ptys

    terminal = Terminal(line.python(), tmp_path_factory.mktemp("terminal"))
    yield terminal
    terminal.close()
