"""`import flask` answered by nbflask: in processes of their own, for it is for good."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent

import pytest

PROJECT = Path(__file__).parent.parent

MODULES = (
    *("app", "blueprints", "cli", "config", "ctx", "debughelpers", "globals"),
    *("helpers", "json", "json.provider", "json.tag", "logging", "sansio"),
    *("sansio.app", "sansio.blueprints", "sansio.scaffold", "sessions", "signals"),
    *("templating", "testing", "typing", "views", "wrappers"),
)


def python(*arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)


def said(code: str, *arguments: str) -> str:
    """Run code under the alias, and return what it prints."""
    done = python("-m", "nbflask.alias", "-c", dedent(code), *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.strip()


def test_each_module_of_flask_is_one_of_ours_and_only_one():
    code = f"""
        from importlib import import_module
        import sys
        import flask, nbflask
        assert flask is nbflask and flask.__spec__.name == "nbflask"
        assert flask.__name__ == "flask"
        for name in {MODULES}:
            theirs, ours = (import_module(f"{{top}}.{{name}}") for top in
                            ("flask", "nbflask"))
            assert theirs is ours, name
            assert theirs.__spec__.name == f"nbflask.{{name}}"
            assert theirs.__name__ == f"flask.{{name}}"
            assert sys.modules[f"flask.{{name}}"] is sys.modules[f"nbflask.{{name}}"]
        import flask.json.provider as deep
        from flask.sansio.app import App
        assert deep.DefaultJSONProvider is nbflask.app.DefaultJSONProvider
        assert App is nbflask.Flask
        print("fine")
    """
    assert said(code) == "fine"


@pytest.mark.parametrize("name", ["flask", "Flask", "FLASK"])
def test_the_version_is_that_of_the_flask_whose_api_this_is(name):
    code = f"""
        import importlib.metadata as metadata
        print(metadata.version({name!r}), metadata.metadata({name!r})["Name"])
    """
    assert said(code) == "3.1.3 Flask"


def test_other_distributions_are_left_to_others():
    code = """
        import importlib.metadata as metadata
        print(metadata.version("werkzeug"))
        names = [each.metadata["Name"] for each in metadata.distributions()]
        assert len(names) > 5
        try:
            metadata.version("flask-nothing")
        except metadata.PackageNotFoundError:
            print("not found")
    """
    assert said(code) == f"{version('werkzeug')}\nnot found"


def test_it_needs_no_installed_flask():
    """Whoever is asked after the alias refuses, and nobody is."""
    code = """
        import sys
        class Nobody:
            def find_spec(self, name, path=None, target=None):
                assert not name.startswith("flask"), name
        sys.meta_path.insert(1, Nobody())
        sys.path[:] = [each for each in sys.path if "site-packages" not in each]
        from flask import Flask, Blueprint, request
        from flask.views import MethodView
        import flask.cli
        print(Flask.__module__)
    """
    # What nbflask is built on is loaded before the path is shortened.
    own = "nbflask.cli, nbflask.testing, nbflask.debughelpers"
    first = f"import {own}, jinja2.ext, itsdangerous\n"
    assert said(first + dedent(code)) == "nbflask.app"


def test_it_refuses_once_flask_itself_is_loaded_and_changes_nothing():
    code = """
        import sys, flask, nbflask
        finders = [*sys.meta_path]
        try:
            nbflask.install_as_flask()
        except ImportError as error:
            print(type(error).__name__, error)
        assert sys.meta_path == finders
        assert flask.Flask is not nbflask.Flask
    """
    done = python("-c", dedent(code))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("FlaskIsLoaded Flask itself is loaded already, from ")
    assert "Call nbflask.install_as_flask() before anything imports" in done.stdout
    assert done.stdout.count("\n") == 1


def test_installing_twice_is_fine():
    code = """
        import sys, nbflask
        nbflask.install_as_flask()
        import flask
        nbflask.install_as_flask()
        assert flask is nbflask
        print(sum(type(each).__name__ == "FlaskFinder" for each in sys.meta_path))
    """
    done = python("-c", dedent(code))
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.parametrize(
    "name", ["flask.ext", "flask.scaffold", "flask.json.nothing", "flask.app.Flask"]
)
def test_what_flask_does_not_have_is_not_found(name):
    code = f"""
        import importlib.util
        try:
            import {name}
        except ModuleNotFoundError as error:
            print(error.name)
        try:
            print(importlib.util.find_spec({name!r}))
        except ModuleNotFoundError:
            print(None)
    """
    assert said(code) == f"{name}\nNone"


@pytest.mark.parametrize(
    "name",
    ["_request_ctx_stack", "_app_ctx_stack", "globals._app_ctx_stack", "Markup", "ext"],
)
def test_what_extensions_probe_for_is_as_missing_as_in_flask(name):
    assert said(f"import flask\ntry: flask.{name}\nexcept AttributeError: print(1)")


def test_objects_can_be_pickled_under_either_name():
    code = """
        import pickle, nbflask
        from flask.config import Config
        copy = pickle.loads(pickle.dumps(Config("/", {"A": 1})))
        named = pickle.loads(b"cflask.app\\nFlask\\n.")
        print(type(copy) is Config, named is nbflask.Flask)
    """
    assert said(code) == "True True"


# Running programs


def test_code_and_its_arguments():
    assert said("import sys; print(sys.argv, __name__)", "a", "-b") == (
        "['-c', 'a', '-b'] __main__"
    )


def test_a_script_runs_in_its_folder_s_company(tmp_path):
    (tmp_path / "neighbour.py").write_text("from flask import Flask\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, neighbour\n"
        "print(neighbour.Flask.__module__, __name__, sys.argv[1:], __file__)\n"
    )
    done = python("-m", "nbflask.alias", str(script), "x", "--y")
    assert done.stderr == ""
    assert done.stdout == f"nbflask.app __main__ ['x', '--y'] {script}\n"


def test_an_app_of_a_script_is_named_after_it(tmp_path):
    script = tmp_path / "shop.py"
    script.write_text("import flask; print(flask.Flask(__name__).name)\n")
    assert python("-m", "nbflask.alias", str(script)).stdout == "shop\n"


def test_a_module_runs_and_flask_s_own_command_does():
    done = python("-m", "nbflask.alias", "-m", "flask", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Flask 3.1.3" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["-m"], ["-c"], ["--nonsense"]])
def test_without_a_program_it_tells_how_it_is_called(arguments):
    done = python("-m", "nbflask.alias", *arguments)
    assert done.returncode == 1
    assert "python -m nbflask.alias SCRIPT" in done.stderr
    assert "Traceback" not in done.stderr


def test_how_the_program_ends_is_how_the_process_ends():
    done = python("-m", "nbflask.alias", "-c", "raise SystemExit(7)")
    assert done.returncode == 7
    done = python("-m", "nbflask.alias", "-c", "1 / 0")
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_a_subprocess_that_asks_for_it_has_it_and_another_has_not():
    code = """
        import subprocess, sys
        show = "import flask; print(flask.Flask.__module__)"
        for words in (["-m", "nbflask.alias", "-c", show], ["-c", show]):
            subprocess.run([sys.executable, *words], check=True)
    """
    assert said(code).split() == ["nbflask.app", "flask.app"]


# The names: every one of Flask's


PROBE = """
import importlib, inspect, json, sys

def parameters(value):
    try:
        found = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    return [(each.name, each.kind.name, each.default is each.empty) for each in found]

def look(module):
    for name, value in vars(importlib.import_module(module)).items():
        if name.startswith("__") or inspect.ismodule(value):
            continue
        yield name, parameters(value) if inspect.isfunction(value) else None
        top = str(getattr(value, "__module__", "")).partition(".")[0]
        if inspect.isclass(value) and top in ("flask", "nbflask"):
            for attribute in dir(value):
                if attribute == "__init__" or not attribute.startswith("_"):
                    member = getattr(value, attribute)
                    plain = inspect.isfunction(member) or inspect.ismethod(member)
                    yield f"{name}.{attribute}", parameters(member) if plain else None

print(json.dumps({module: dict(look(module)) for module in sys.argv[1:]}))
"""

#: Names of other packages, and of Flask's own parts that are made otherwise here.
ELSEWHERE = {
    *("TracebackType", "chain", "iscoroutinefunction", "timedelta", "ModuleType"),
    *("itemgetter", "update_wrapper", "BaseLoader", "ContextVar", "cache", "datetime"),
    *("b64decode", "b64encode", "cached_property", "defaultdict", "annotations"),
    *("_called_with_wrong_args", "_path_is_ancestor", "_dump_loader_info"),
    *("_prepare_send_file_kwargs", "_get_werkzeug_version", "_werkzeug_version"),
    "urlsplit",
}


@pytest.fixture(scope="module")
def names() -> list[dict[str, dict[str, list[list[object]] | None]]]:
    """The names of each module with their parameters: on Flask, and here."""
    modules = ["flask", *(f"flask.{name}" for name in MODULES)]
    sides = ([], ["-m", "nbflask.alias"])
    quiet = ("-W", "ignore")
    runs = [python(*quiet, *side, "-c", PROBE, *modules) for side in sides]
    return [json.loads(run.stdout) for run in runs]


@pytest.mark.parametrize("module", ["flask", *(f"flask.{name}" for name in MODULES)])
def test_every_name_of_flask_is_here(module, names):
    theirs, ours = (side[module] for side in names)
    assert {each for each in theirs if each not in ours} <= ELSEWHERE


#: Who takes more than Flask does, in a way that no caller notices.
TAKES_MORE = {"AppContext.__init__"}


@pytest.mark.parametrize("module", ["flask", *(f"flask.{name}" for name in MODULES)])
def test_functions_and_methods_take_what_flask_s_take(module, names):
    theirs, ours = (side[module] for side in names)
    other = {
        name: (wanted, ours[name])
        for name, wanted in theirs.items()
        if wanted and name not in TAKES_MORE and wanted != ours.get(name, wanted)
    }
    assert other == {}
