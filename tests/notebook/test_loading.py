"""Loading and unloading: idempotent, nothing overwritten, everything taken back."""

import importlib
import subprocess
import sys
import threading

import pytest

from nbflask.doors import DOORS
from nbflask.notebook import loading, showing
from nbflask.notebook.names import NAMES

#: What a thread is called that a loop runs in.
LOOP = "nbflask-loop"


def public(notebook):
    return {name for name in notebook.names if not name.startswith("_")}


def test_loading_adds_an_app_and_the_names_that_views_need(bare):
    before = public(bare)
    ran = bare.do("%load_ext nbflask")
    assert public(bare) - before == {"app", *NAMES}
    assert ran.text.count("\n") == 1
    assert ran.text.startswith("nbflask added app, Flask, Blueprint")
    bare.do("%unload_ext nbflask")
    assert public(bare) == before


@pytest.mark.parametrize("push", ["%ctx app", "%ctx push /"])
def test_what_is_pushed_keeps_no_name_from_being_taken_back(bare, push):
    before = public(bare)
    bare.do("%load_ext nbflask\n@app.get('/')\ndef index(): return ''")
    bare.do(push)
    bare.do("%unload_ext nbflask")
    assert public(bare) - before == {"app", "index"}


def test_loading_never_overwrites_a_variable(bare):
    bare.do("request = 'mine'\ng = 7\nfrom nbflask import Flask\napp = Flask('mine')")
    app = bare.names["app"]
    ran = bare.do("%load_ext nbflask")
    assert bare.names["app"] is app
    assert (bare.names["request"], bare.names["g"]) == ("mine", 7)
    assert "request," not in ran.text
    bare.do("%unload_ext nbflask")
    assert bare.names["app"] is app
    assert bare.names["request"] == "mine"


def test_an_app_that_is_none_stays_what_it_is(bare):
    bare.do("app = 'not an app'")
    bare.do("%load_ext nbflask")
    assert bare.names["app"] == "not an app"
    assert "request" in bare.names
    assert "'app' is of type str, not an app" in bare.run("%get /").text


def test_a_name_that_was_given_away_is_not_taken_back(notebook):
    notebook.do("g = 'mine'\napp = Flask('mine')")
    app = notebook.names["app"]
    notebook.do("%unload_ext nbflask")
    assert notebook.names["g"] == "mine"
    assert notebook.names["app"] is app
    notebook.do("%load_ext nbflask")
    assert notebook.names["g"] == "mine"


def test_add_names_false_adds_the_app_alone(bare):
    before = public(bare)
    bare.shell.config.NBFlask.add_names = False
    bare.do("%load_ext nbflask")
    assert public(bare) - before == {"app"}


def test_add_names_may_be_set_in_a_cell(bare):
    before = public(bare)
    bare.do("import nbflask.notebook\nnbflask.notebook.attach();")
    bare.do("%config NBFlask.add_names = False")
    bare.do("%load_ext nbflask")
    assert public(bare) - before == {"nbflask", "app"}


def test_every_setting_is_documented_by_config(notebook):
    shown = notebook.do("%config NBFlask").text
    for setting in ("live", "add_names", "body_limit", "time_limit"):
        assert f"NBFlask.{setting}=" in shown


def test_loading_again_changes_nothing(notebook):
    notebook.do("%%route /x\n'x'")
    before = remains_of(notebook)
    forget = "get_ipython().extension_manager.loaded.clear()"
    for again in ("%load_ext nbflask", f"{forget}\n%load_ext nbflask"):
        assert "added" not in notebook.do(again).text
        assert notebook.do("%get /x").text.count("200 OK  GET") == 1
    assert notebook.body("/x") == "x"
    assert remains_of(notebook) == before


def remains_of(notebook):
    events = notebook.shell.events.callbacks
    return (
        {name: len(has) for name, has in events.items()},
        len(notebook.shell.input_transformers_cleanup),
        sum(type(each).__name__ == "NBFlask" for each in notebook.shell.configurables),
    )


def test_load_and_unload_may_alternate(notebook):
    notebook.do("from nbflask import Flask as F\napp = F('kept')")
    notebook.do("@app.get('/x')\ndef x(): return 'x'", "c1")
    for _ in range(3):
        notebook.do("%unload_ext nbflask")
        assert "not found" in notebook.run("%get /x").text
        notebook.do("%load_ext nbflask")
        assert "200 OK" in notebook.do("%get /x").text
    notebook.do("@app.get('/x')\ndef x(): return 'new'", "c1")
    assert notebook.body("/x") == "new"


def test_what_nameless_cells_registered_survives_a_reload(notebook):
    notebook.do("from nbflask import Flask as F\napp = F('kept')")
    for n in range(5):
        notebook.do(f"@app.get('/{n}')\ndef v{n}(): return ''")
    notebook.do("%unload_ext nbflask")
    notebook.do("%load_ext nbflask")
    for _ in range(8):
        notebook.do("pass")
    assert len(notebook.rules()) == 5


def test_reloading_keeps_the_app_that_loading_made_and_its_routes(notebook):
    app = notebook.names["app"]
    notebook.do("%%route /x\n'x'", "c1")
    for _ in range(2):
        assert "added app" not in notebook.do("%reload_ext nbflask").text
        assert notebook.names["app"] is app
        assert notebook.body("/x") == "x"
    notebook.do("%%route /x\n'new'", "c1")
    assert notebook.body("/x") == "new"


def test_an_app_that_nobody_used_goes_when_unloading(notebook):
    notebook.do("%%route /x\n'x'", "c1")
    notebook.do("%reload_ext nbflask")
    notebook.do("pass", "c1")
    notebook.do("%unload_ext nbflask")
    assert "app" not in notebook.names


@pytest.mark.parametrize("deleted", ["del app", "%reset -f"])
def test_reloading_brings_back_what_was_deleted(bare, deleted):
    bare.do("%load_ext nbflask")
    app = bare.names["app"]
    bare.do("%%route /x\n'x'", "c1")
    bare.do(deleted)
    assert bare.do("%reload_ext nbflask").text.startswith("nbflask added app, ")
    assert bare.names["app"] is app
    assert bare.names["request"] is NAMES["request"]
    assert bare.body("/x") == "x"


def test_after_unloading_flasks_own_rules_hold(notebook):
    notebook.do("from nbflask import Flask as F\napp = F('kept')")
    view = "@app.get('/x')\ndef x(): return ''"
    notebook.do(view, "c1")
    notebook.do("%unload_ext nbflask")
    assert "overwriting" in str(notebook.run(view, "c1").error)
    notebook.do("%load_ext nbflask")


def test_unloading_ends_the_loops_that_coroutines_ran_in(bare):
    bare.do("%load_ext nbflask\n@app.get('/')\nasync def index(): return 'here'")
    assert bare.body("/") == "here"
    assert LOOP in {thread.name for thread in threading.enumerate()}
    bare.do("%unload_ext nbflask")
    assert LOOP not in {thread.name for thread in threading.enumerate()}
    assert bare.body("/") == "here"


def test_app_run_serves_in_the_foreground_again_after_unloading(bare):
    before = dict(DOORS)
    bare.do("%load_ext nbflask")
    assert DOORS["runner"] != before["runner"]
    bare.do("%unload_ext nbflask")
    assert before == DOORS


def test_unloading_what_is_not_loaded_does_no_harm(bare):
    assert "is not loaded" in bare.do("%unload_ext nbflask").text


def test_a_terminal_shows_a_response_once(notebook):
    notebook.do("%%route /x\n'body'")
    ran = notebook.do("%get /x")
    assert ran.text.count("GET /x") == 1
    assert ran.text.count("body") == 1
    assert "Out[3]: <200 OK>" in ran.text
    assert notebook.do("_").text.count("GET /x") == 1


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("%why /x", "<Explanation>"),
        ("%trace /x", "<404 NOT FOUND>"),
        ("%flask blueprints", "<Branch>"),
        ("%flask run --port 0", "<Server>"),
        ("app.run(port=0)", "<Server>"),
    ],
)
def test_what_a_terminal_has_shown_it_names_as_the_result(notebook, cell, named):
    ran = notebook.do(cell)
    notebook.do("%flask stop")
    assert f"Out[2]: {named}" in ran.text


def test_a_response_in_a_terminal_is_shown_by_its_name_too(notebook):
    notebook.do("%%route /x\n'body'")
    notebook.do("r = %get /x")
    assert "200 OK  GET /x" in notebook.do("r").text


@pytest.mark.parametrize(
    "code",
    [
        "import nbflask, sys; assert 'IPython' not in sys.modules",
        "import nbflask, sys; assert 'nbflask.server' not in sys.modules",
        "import IPython, nbflask; assert not nbflask.notebook._notebook",
    ],
)
def test_importing_nbflask_outside_a_notebook_starts_nothing(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], timeout=60)
    assert done.returncode == 0


def test_loading_does_not_load_what_the_app_may_never_need():
    program = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
shell.run_line_magic("load_ext", "nbflask")
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.splitlines()[-1].split()
    assert "nbflask" in loaded
    assert not {"jinja2", "itsdangerous", "click", "asyncio"} & set(loaded)


def test_importing_in_a_shell_loads_what_apps_need_to_be_live_and_no_more():
    code = """
import sys
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance()
import nbflask
print(*sys.modules)
"""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "nbflask.notebook.cells.watch" in loaded
    # Cards, magics, .http files, Tab, the server, and what explains requests.
    later = {
        "display",
        "magics",
        "grammar.options",
        "tab",
        "requests",
        "failures.frames",
    }
    others = {"nbflask.server.background", "nbflask.explain", "nbflask.testing"}
    unwanted = {f"nbflask.notebook.{name}" for name in later} | others
    assert not unwanted & loaded, done.stderr


def test_what_is_shown_by_name_is_there_with_what_shows_it():
    for kind, function in loading.SHOWN.items():
        module, _, name = kind.rpartition(".")
        shown = getattr(importlib.import_module(module), name)
        assert (shown.__module__, shown.__qualname__) == (module, name)
        assert callable(getattr(showing, function))


def test_responses_of_several_apps_are_shown_alike(notebook):
    notebook.do("from nbflask import Flask")
    for name in ("one", "two"):
        notebook.do(f"{name} = Flask('{name}')\n{name}.get('/')(lambda: '{name} says')")
    for name in ("one", "two", "one"):
        assert f"{name} says" in notebook.do(f"{name}.test_client().get('/')").text
