"""The kernel that serves: cells are sent to it, and when they were done is known."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

from jupyter_client.manager import KernelManager

#: Seconds that a cell may take.
LIMIT = 60.0


class CellFailed(Exception):
    """A cell that had to succeed did not."""


@dataclass(frozen=True, slots=True)
class Ran:
    ok: bool
    result: str
    began: float
    ended: float


class Kernel:
    """A kernel process, with one cell at a time."""

    def __init__(self, folder: str) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel(cwd=folder)
        self._client = self.manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=LIMIT)

    def start(self, cell: str, id: str) -> str:
        """Send a cell and do not wait for it. Returns what `wait` needs."""
        content = {
            "code": cell,
            "silent": False,
            "store_history": True,
            "user_expressions": {"result": "result"},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self._client.session.msg(
            "execute_request", content, metadata={"cellId": id}
        )
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def wait(self, asked: str, seconds: float = LIMIT) -> dict[str, Any]:
        """Return what it says of a cell. Raises queue.Empty if it says nothing."""
        while True:
            reply = self._client.get_shell_msg(timeout=seconds)
            if reply["parent_header"].get("msg_id") == asked:
                content: dict[str, Any] = reply["content"]
                return content

    def run(self, cell: str, id: str) -> Ran:
        """Run a cell that has to succeed; its result is what it named `result`."""
        began = monotonic()
        content = self.wait(self.start(cell, id))
        if content["status"] != "ok":
            raise CellFailed(f"{cell}\n{content['ename']}: {content['evalue']}")
        told = content["user_expressions"].get("result", {})
        result = told.get("data", {}).get("text/plain", "")
        return Ran(True, result, began, monotonic())

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()

    def close(self) -> None:
        self._client.stop_channels()
        self.manager.shutdown_kernel(now=True)
