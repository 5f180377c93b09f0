"""The fixtures nbapp and nbclient, in runs of pytest of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from notebook_files import write_notebook
from processes import LIMIT, write

pytestmark = pytest.mark.usefixtures("terminal")

PROJECT = Path(__file__).parent.parent
PLUGIN = "nbflask.checking.plugin"
#: Where this checkout is installed as it was before it had the entry point.
BY_HAND = [] if entry_points(group="pytest11", name="nbflask") else ["-p", PLUGIN]
STRICT = ["-W", "error", "--strict-markers", "--strict-config"]

API = (
    "%load_ext nbflask",
    "visits = []\nparts = Blueprint('parts', __name__)",
    "%%route /visits\nvisits.append(1)\n{'visits': len(visits)}",
    "@parts.get('/me')\ndef me():\n    session['n'] = session.get('n', 0) + 1\n"
    "    return str(session['n'])",
    "app.secret_key = 'key'\napp.register_blueprint(parts)",
    "%get /visits --expect 200",
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on the current folder."""
    plain = ["-p", "no:cacheprovider", "-p", "no:xdist", "-q"]
    command = [sys.executable, "-m", "pytest", *BY_HAND, *plain, *STRICT, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=os.environ, timeout=LIMIT * 3
    )


def passed(*arguments: str) -> int:
    """Run pytest, which has to succeed; return how many tests have passed."""
    done = run(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.search(r"(\d+) passed", done.stdout)[1])


def test_it_is_a_plugin_of_pytest_wherever_nbflask_is_installed():
    text = (PROJECT / "pyproject.toml").read_text("utf-8")
    table = text.partition("[project.entry-points.pytest11]\n")[2]
    assert table.startswith(f'nbflask = "{PLUGIN}"')


def test_each_test_has_an_app_and_a_client_of_its_own():
    write_notebook(Path("api.ipynb"), *API)
    write(
        "test_api.py",
        """
        import pytest

        @pytest.mark.parametrize("turn", range(3))
        def test_visits(nbclient, turn):
            assert nbclient.get("/visits").json == {"visits": 1}
            assert nbclient.get("/visits").json == {"visits": 2}
            assert nbclient.get("/me").text == "1"
            assert nbclient.get("/me").text == "2"

        @pytest.mark.parametrize("turn", range(3))
        def test_routes(nbapp, turn):
            nbapp.add_url_rule("/more", "more", lambda: "")
            assert len(list(nbapp.url_map.iter_rules())) == 4

        def test_the_client_is_of_the_app(nbapp, nbclient):
            assert nbclient.application is nbapp
        """,
    )
    assert passed("--nbflask-notebook", "api.ipynb") == 7


def test_a_notebook_is_read_and_planned_once():
    write_notebook(Path("api.ipynb"), *API)
    write(
        "test_api.py",
        """
        import pytest

        @pytest.mark.parametrize("turn", range(5))
        def test_visits(nbclient, turn):
            assert nbclient.get("/visits").json == {"visits": 1}

        def test_how_often():
            from nbflask.checking.fresh import planned
            assert planned.cache_info().misses == 1
            assert planned.cache_info().hits == 4
        """,
    )
    assert passed("--nbflask-notebook", "api.ipynb") == 6


def test_a_module_a_test_has_loaded_is_not_there_for_the_next():
    write_notebook(Path("api.ipynb"), *API)
    write(
        "test_api.py",
        """
        import sys

        def test_one(nbapp):
            assert "api_ipynb" in sys.modules

        def test_two():
            assert "api_ipynb" not in sys.modules
        """,
    )
    assert passed("--nbflask-notebook", "api.ipynb") == 2


def test_a_mark_says_which_notebook_and_which_app():
    other = "other = Flask('other')\nother.get('/')(lambda: 'other')"
    write_notebook(Path("api.ipynb"), *API, other)
    write_notebook(Path("shop.ipynb"), "%load_ext nbflask", "%%route /\n'shop'")
    write(
        "test_api.py",
        """
        import pytest

        pytestmark = pytest.mark.nbflask_notebook("shop.ipynb")

        def test_all_of_a_file(nbclient):
            assert nbclient.get("/").text == "shop"

        @pytest.mark.nbflask_notebook("api.ipynb:other")
        def test_one_of_them(nbclient):
            assert nbclient.get("/").text == "other"
        """,
    )
    assert passed("--nbflask-notebook", "api.ipynb:app") == 2


def test_a_notebook_is_looked_for_beside_the_test_and_then_in_the_root():
    for folder, says in ((".", "root"), ("near", "near")):
        Path(folder, "tests").mkdir(parents=True)
        write_notebook(Path(folder, "api.ipynb"), f"%load_ext nbflask\nx = {says!r}")
    write_notebook(
        Path("near", "tests", "api.ipynb"), "%load_ext nbflask", "%%route /\n'near'"
    )
    write_notebook(Path("api.ipynb"), "%load_ext nbflask", "%%route /\n'root'")
    write("pytest.ini", "[pytest]\n")
    for folder, says in (("tests", "root"), ("near/tests", "near")):
        write(
            f"{folder}/test_{says}.py",
            f"""
            def test_which(nbclient):
                assert nbclient.get("/").text == {says!r}
            """,
        )
    assert passed("--nbflask-notebook", "api.ipynb") == 2
    assert passed("--nbflask-notebook", "api.ipynb", "--rootdir", ".", "tests") == 1


USES = "def test_it(nbclient):\n    assert nbclient\n"


@pytest.mark.parametrize(
    ("cells", "options", "says"),
    [
        (
            API,
            [],
            "Which notebook? Say --nbflask-notebook api.ipynb, or mark the test:",
        ),
        (API, ["--nbflask-notebook", "no.ipynb"], "There is no notebook no.ipynb in "),
        (["x = 1"], ["--nbflask-notebook", "api.ipynb"], "api.ipynb"),
        (
            ["%load_ext nbflask", "app.config['X'] = 1 / 0", "%%route /\n'x'"],
            ["--nbflask-notebook", "api.ipynb"],
            "api.ipynb, cell 2, line 1: ZeroDivisionError: division by zero",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said_without_a_traceback(cells, options, says):
    write_notebook(Path("api.ipynb"), *cells)
    write("test_api.py", USES)
    done = run(*options)
    assert done.returncode == 1
    assert says in done.stdout
    assert "plugin.py" not in done.stdout
    assert "1 error" in done.stdout


def test_the_plugin_loads_no_more_than_the_package_and_changes_no_other_run():
    write(
        "test_plain.py",
        """
        import sys

        def test_what_is_loaded():
            ours = {each for each in sys.modules if each.startswith("nbflask.")}
            heavy = ("ipynb", "export", "notebook", "cli", "server", "testing")
            assert not [e for e in ours if e.split(".")[1] in heavy], ours
            assert "nbflask.checking.fresh" not in ours
            assert not {"IPython", "click"} & set(sys.modules)
        """,
    )
    assert passed() == 1
