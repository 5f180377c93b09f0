"""Which test suites are run, as data: where each is from and what it needs.

Nothing of them is stored here; `expected/NAME.txt` names the tests that pass.
"""

from __future__ import annotations

from dataclasses import dataclass

FLASK = "flask==3.1.3"


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests in one source distribution.

    `source` is the distribution and `root` the folder in it that they are run from;
    `tests` is what pytest is told to run, or mypy to check if the suite is `typed`.
    `requires` is what they need. If Flask is among it, nbflask has to stand in for
    an installed Flask; else there is none.
    """

    name: str
    source: str
    requires: tuple[str, ...]
    root: str = "."
    tests: str = "tests"
    typed: bool = False
    #: Python that runs first, on both sides: for suites older than Flask 3.1.
    prelude: str = ""


# Later ones lack `notset`, which Flask's suite imports.
PYTEST = "pytest<9"

SUITES = (
    Suite(
        "flask",
        FLASK,
        (PYTEST, "asgiref", "cryptography", "greenlet", "python-dotenv"),
    ),
    Suite(
        "flask-types",
        FLASK,
        ("mypy", "cryptography"),
        tests="tests/type_check",
        typed=True,
    ),
    Suite("flask-tutorial", FLASK, (PYTEST,), root="examples/tutorial"),
    Suite("flask-javascript", FLASK, (PYTEST,), root="examples/javascript"),
    Suite(
        "flask-sqlalchemy",
        "flask-sqlalchemy==3.1.1",
        # SQLAlchemy 2.1 refuses the dataclasses of a third of its tests.
        (PYTEST, FLASK, "flask-sqlalchemy==3.1.1", "sqlalchemy<2.1"),
    ),
    Suite(
        "flask-login",
        "flask-login==0.6.3",
        (PYTEST, FLASK, "flask-login==0.6.3", "asgiref", "semantic-version"),
    ),
    Suite(
        "flask-restful",
        "flask-restful==0.3.10",
        # Some of its tests yield, for which pytest 8.4 refuses their whole files.
        ("pytest<8.4", FLASK, "flask-restful==0.3.10", "mock", "pynose"),
        # Flask 3.0 took the name away; a fourth of the suite imports it.
        prelude="import flask.signals; flask.signals.signals_available = True",
    ),
)
