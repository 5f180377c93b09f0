"""How the notebook layer is put into a shell, and taken out again.

A kernel waits for it with each `import nbflask`: what magics and displays are made of
is loaded with the first of them.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from .. import loop
from ..ctx import ADVISERS
from ..doors import DOORS
from ..registry import policies
from ..registry.editions import between_runs
from .failures.advice import advisers
from .session import Notebook

RUNNER = "nbflask.notebook:run"
_runner_before = DOORS["runner"]

#: What is shown by which function of `showing`. Types by name: most notebooks make a
#: few of these, and some none.
SHOWN = {
    "nbflask.client.received.ClientResponse": "show_response",
    "nbflask.explain.Explanation": "show_explanation",
    "nbflask.notebook.requests.conversation.Responses": "show_responses",
    "nbflask.notebook.serving.log.RequestLog": "show_requests",
    "nbflask.outline.Branch": "show_branch",
    "nbflask.recording.Trace": "show_trace",
    "nbflask.server.background.Server": "show_server",
}


def begin(shell: Any) -> Notebook:
    """Make apps live, and show responses as cards."""
    notebook = Notebook(shell)
    notebook.watch.start()
    notebook.contexts.start()
    switch(notebook, live=notebook.settings.live)
    notebook.settings.observe(lambda change: switch(notebook, change.new), "live")
    shell.configurables.append(notebook.settings)
    DOORS["runner"] = RUNNER
    ADVISERS.update(advisers(shell))
    show_by_type(notebook)
    notebook.last_failure.start()
    notebook.log.start()
    return notebook


def end(notebook: Notebook) -> None:
    """Undo `begin`."""
    switch(notebook, live=False)
    notebook.contexts.stop()
    notebook.watch.stop()
    notebook.stop_serving()
    loop.stop()
    notebook.live.stop()
    notebook.last_failure.stop()
    notebook.log.stop()
    notebook.shell.configurables.remove(notebook.settings)
    DOORS["runner"] = _runner_before
    ADVISERS.clear()
    formatter = notebook.shell.display_formatter.ipython_display_formatter
    for kind in SHOWN:
        # By its name, and by each class of this name that was shown.
        while formatter.pop(kind, None) is not None:
            pass


def switch(notebook: Notebook, live: bool) -> None:
    """Let the live rules hold, in cells and in what goes on between them, or not."""
    if live:
        policies.set_default(between_runs(notebook.shell.user_ns))
    else:
        policies.set_default()
    notebook.watch.switch(live=live)


def show_by_type(notebook: Notebook) -> None:
    formatter = notebook.shell.display_formatter.ipython_display_formatter
    for kind in SHOWN:
        module, _, name = kind.rpartition(".")
        formatter.for_type_by_name(module, name, partial(show, notebook, kind))


def show(notebook: Notebook, kind: str, thing: Any) -> None:
    from . import showing

    function = getattr(showing, SHOWN[kind])
    # A name stands for the first class that bears it, and each app's client has a
    # class of responses of its own by the same name: the one above them stays.
    module, _, name = kind.rpartition(".")
    formatter = notebook.shell.display_formatter.ipython_display_formatter
    formatter.for_type(getattr(sys.modules[module], name), partial(function, notebook))
    function(notebook, thing)
