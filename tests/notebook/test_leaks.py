"""A thousand mixed cells in a real kernel leave no more behind than two hundred."""

from __future__ import annotations

import ast

import pytest

pytestmark = [pytest.mark.kernel, pytest.mark.heavy]

BEGIN = """
%load_ext nbflask
import asyncio, pathlib, tempfile
pathlib.Path("tmp").mkdir(exist_ok=True)
tempfile.tempdir = str(pathlib.Path("tmp").absolute())
app.secret_key = "x"

def measured():
    import gc, os, sys, threading
    from nbflask.registry.registry import living_registries
    get_ipython().displayhook.flush()  # what IPython keeps of results
    gc.collect()
    kinds = [type(each).__name__ for each in gc.get_objects()]
    named = ("Table", "Edition", "Turn", "AppContext", "RequestContext", "Story",
             "Server", "Flask", "Pushed", "DisplayHandle", "HeldLog", "Recorder")
    return {
        **{name: kinds.count(name) for name in named},
        "loops": sum(kind.endswith("EventLoop") for kind in kinds),
        "tasks": sum(kind == "Task" for kind in kinds),
        "threads": threading.active_count(),
        "open files": len(os.listdir("/proc/self/fd")),
        "temporary files": len(os.listdir(tempfile.tempdir)),
        "registries": len(living_registries()),
        "records": sum(len(each.records) for each in living_registries()),
        "contexts": len(__import__("nbflask").notebook._notebook.contexts.stack),
    }
"""
#: Cells that are run again and again; those with a number are other ones each time.
CELLS = (
    ("view", "@app.get('/v')\ndef v(): return {number!r}"),
    ("moved", "@app.get('/moved/{number}')\ndef moved(): return 'here'"),
    ("body", "%%route /b/<int:n>\n[n, {number}]"),
    ("awaits", "%%route /awaits\nawait asyncio.sleep(0)\n'{number}'"),
    ("hook", "@app.before_request\nasync def hook(): g.number = {number}"),
    ("page", "%%template page.html --with x=1\n<p>{{{{ x }}}} {number}</p>"),
    ("css", "%%static app.css\nh1 {{ margin: {number}px }}"),
    ("part", "part = Blueprint('part', __name__)\n@part.get('/p')\ndef p(): return ''"),
    ("mount", "app.register_blueprint(part, url_prefix='/part')"),
    ("fails", "@app.get('/f')\ndef f(): return ''\n1 / 0"),
    ("boom", "%%route /boom\n1 / {number} * 0 / 0"),
    ("gets", "%get /v"),
    ("kept", "r = %get /awaits"),
    ("lost", "%get /lost/{number}"),
    ("error", "%get /boom"),
    ("client", "app.test_client().get('/b/1').json"),
    ("within", "with app.test_request_context('/v'):\n    x = request.path"),
    ("push", "%ctx push /v?number={number}"),
    ("pushed", "await asyncio.sleep(0)\nrequest.args['number']"),
    ("hand", "await asyncio.sleep(0)\napp.app_context().push()\ng.x = {number}"),
    ("cell", "%%ctx app\n%%capture said\ng.x = {number}"),
    ("pop", "%ctx pop --all"),
    ("trace", "%trace /v"),
    ("why", "%why /lost"),
    ("task", "await asyncio.create_task(asyncio.sleep(0))"),
    ("stream", "%%route /s --try /s\nyield 'a'\nyield '{number}'"),
)
#: Starting and stopping a server takes longer: once in so many cells.
SERVED = ("serve", "server = app.run(port=0)"), ("stop", "%flask stop")
ROUNDS = 40
#: What a request leaves lives on with what was shown last: a few, however many cells.
HELD = {"Table", "AppContext", "RequestContext", "Story", "Recorder"}
FEW = 3


def rounds(first: int, last: int):
    for number in range(first, last):
        for id, text in CELLS:
            yield id, text.format(number=number + 1)
        if number % 10 == 0:
            yield from SERVED


def test_a_thousand_cells_leave_no_more_behind_than_two_hundred(kernel):
    kernel.do(BEGIN, "begin")
    failing = {"fails"}
    found = []
    for part in (rounds(0, 8), rounds(8, ROUNDS)):
        for id, text in part:
            assert kernel.run(text, id).ok is (id not in failing), text
        found.append(ast.literal_eval(kernel.do("print(measured())").text))
    early, late = found
    assert ROUNDS * len(CELLS) >= 1_000
    more = {each: late[each] - early[each] for each in late}
    assert {each: n for each, n in more.items() if n > FEW * (each in HELD)} == {}
    assert late["contexts"] == late["Pushed"] == late["temporary files"] == 0
