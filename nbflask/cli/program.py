"""The program `nbflask`."""

from __future__ import annotations

from .groups import FlaskGroup

cli = FlaskGroup(
    name="nbflask",
    help="""\
Run and inspect Flask applications.

Say which one with '--app' or the environment variable 'FLASK_APP', or put
it into a 'wsgi.py' or 'app.py' file of the current directory. It may be a
notebook: 'nbflask run api.ipynb'.
""",
)


def main() -> None:
    """Run the program with the arguments of this process."""
    cli.main()
