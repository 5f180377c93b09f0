"""nbflask in a notebook: live apps, magics, and what they show.

`attach` makes apps live, as `import nbflask` does in a kernel; `load` adds the
magics, as `%load_ext nbflask` does. IPython is never imported before it runs.
"""

from __future__ import annotations

import sys
from typing import Any

_notebook: Any = None


def running_shell() -> Any:
    """Return the IPython shell that this process runs, if it runs one."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def attach(shell: Any = None) -> Any:
    """Make apps live in the shell that is running. Returns the notebook, if any."""
    global _notebook
    shell = shell or running_shell()
    if shell is None:
        return None
    if _notebook is None or _notebook.shell is not shell:
        from .loading import begin

        _notebook = begin(shell)
    return _notebook


def detach() -> None:
    """Give Flask's own rules back, and end what was running."""
    global _notebook
    notebook, _notebook = _notebook, None
    if notebook is not None:
        from .loading import end

        end(notebook)


def run(app: Any, *where: Any, **options: Any) -> Any:
    """What `app.run()` does while a notebook is attached: serve in the background."""
    from .serving.running import run_in_cell

    return run_in_cell(_notebook, app, *where, **options)


def load(shell: Any) -> None:
    """Add magics, names and displays."""
    from .adding import load_magics

    load_magics(attach(shell))


def unload(shell: Any) -> None:
    """Take everything back."""
    from .adding import unload_magics

    if _notebook is not None:
        unload_magics(_notebook)
        detach()
