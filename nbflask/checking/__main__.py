"""`python -m nbflask.checking NOTEBOOK [APP]`: what `nbflask check` starts."""

from __future__ import annotations

import sys

from .running import main

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
