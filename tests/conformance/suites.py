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
    #: Further options of pytest.
    options: tuple[str, ...] = ()
    #: Python that runs first, on both sides: for suites older than Flask 3.1.
    prelude: str = ""


# Later ones lack `notset`, which Flask's suite imports.
PYTEST = "pytest==8.4.2"

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
        (PYTEST, FLASK, "flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58"),
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
        ("pytest==8.3.5", FLASK, "flask-restful==0.3.10", "mock", "pynose"),
        # Flask 3.0 took the name away; a fourth of the suite imports it.
        prelude="import flask.signals; flask.signals.signals_available = True",
    ),
)


def extension(
    source: str,
    *requires: str,
    tests: str = "tests",
    options: tuple[str, ...] = (),
) -> Suite:
    """Return the suite of an extension that is tested as it is released."""
    name = source.partition("==")[0]
    needs = (PYTEST, FLASK, source, *requires)
    return Suite(name, source, needs, tests=tests, options=options)


SQLALCHEMY = ("flask-sqlalchemy==3.1.1", "sqlalchemy==2.0.58")

#: Too many for each run; asked for with --all. What passes on Flask is to pass here.
WIDER = (
    extension(
        "apiflask==3.1.2",
        *("openapi-spec-validator", "asgiref", "flask-marshmallow", "pydantic"),
        *("email-validator", "pytest-cov"),
    ),
    extension(
        "flask-admin==2.2.1",
        *SQLALCHEMY,
        *("flask-sqlalchemy-lite", "wtf-peewee", "peewee", "pillow", "arrow"),
        *("colour", "sqlalchemy-utils", "flask-babel", "tablib", "beautifulsoup4"),
        *("boto3", "moto", "wtforms<3.3", "flask-wtf", "sqlmodel", "redis"),
        *("pydantic", "email-validator", "azure-storage-blob", "pytest-cov"),
        tests="flask_admin/tests",
        options=(
            *("--ignore", "flask_admin/tests/mongoengine"),
            *("--ignore", "flask_admin/tests/pymongo"),
            *("--ignore", "flask_admin/tests/geoa"),
            *("--ignore", "flask_admin/tests/sqla/test_postgres.py"),
            *("--ignore", "flask_admin/tests/fileadmin/test_fileadmin_azure.py"),
        ),
    ),
    extension(
        "flask-caching==2.5.1",
        *("asgiref", "cachelib", "redis", "pytest-asyncio", "pytest-xprocess"),
    ),
    extension("flask-compress==1.25", "brotli", "zstandard", "flask-caching"),
    extension("flask-cors==6.0.5"),
    extension("flask-httpauth==4.8.1", "asgiref"),
    extension("flask-jwt-extended==4.7.4", "cryptography", "freezegun"),
    extension(
        "flask-limiter==4.1.1",
        *("limits", "hiro", "pymemcache", "redis", "pytest-mock", "asgiref"),
        *("flask-restful", "pymongo", "valkey", "pytest-check", "pytest-cov"),
        "lovely-pytest-docker",
        options=("-o", "addopts=", "-k", "not redis"),
    ),
    extension("flask-marshmallow==1.5.0", *SQLALCHEMY, "marshmallow-sqlalchemy"),
    extension("flask-openapi3==4.3.2", "asgiref", "pyyaml", "email-validator"),
    extension(
        "flask-restx==1.3.2",
        *("tzlocal", "faker", "pytest-mock", "pytest-benchmark", "pytest-flask"),
        *("invoke", "openapi-spec-validator"),
        options=(
            *("--ignore", "tests/test_postman.py", "--ignore", "tests/benchmarks"),
        ),
    ),
    extension(
        "flask-security==5.9.2",
        *SQLALCHEMY,
        *("flask-mail", "flask-mailman", "flask-wtf", "authlib", "bleach", "zxcvbn"),
        *("bcrypt", "argon2-cffi", "cryptography", "qrcode", "phonenumberslite"),
        *("webauthn", "peewee", "flask-babel", "email-validator", "requests"),
        *("python-dateutil", "freezegun", "sqlalchemy-utils"),
    ),
    extension("flask-smorest==0.47.0", "asgiref", "marshmallow", "pyyaml"),
    extension("flask-socketio==5.7.0", "simple-websocket", tests="test_socketio.py"),
    extension("flask-talisman==0.8.1", tests="."),
    extension("flask-wtf==1.3.0", "flask-babel", "email-validator", "flask-reuploaded"),
    extension("frozen-flask==1.0.2"),
)
