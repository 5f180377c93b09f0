"""`python -m nbflask.cli`: the command line too, as after `python -m flask.cli`."""

from __future__ import annotations

from nbflask.cli import main

if __name__ == "__main__":
    main()
