"""`python -m nbflask.alias`: run a program for which `import flask` is nbflask.

    python -m nbflask.alias SCRIPT [ARGUMENT…]
    python -m nbflask.alias -m MODULE [ARGUMENT…]
    python -m nbflask.alias -c CODE [ARGUMENT…]

As after `python` itself: `python -m nbflask.alias -m pytest`. A subprocess of the
program is under the alias if it is started this way too.
"""

from __future__ import annotations

import os
import runpy
import sys

from nbflask.alias import install_as_flask


def run(arguments: list[str]) -> None:
    """Run what the arguments say, as `python` would: in `__main__`, with the rest as
    its own arguments. Raises SystemExit with the usage if they say nothing."""
    match arguments:
        case ["-m", module, *rest]:
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", code, *rest]:
            sys.argv = ["-c", *rest]
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        case [script, *rest] if not script.startswith("-"):
            sys.argv = [script, *rest]
            sys.path[0] = os.path.dirname(os.path.realpath(script))
            runpy.run_path(script, run_name="__main__")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    install_as_flask()
    run(sys.argv[1:])
