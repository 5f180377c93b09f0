"""`python -m nbflask`: the command line."""

from __future__ import annotations

from nbflask.cli import main

if __name__ == "__main__":
    main()
