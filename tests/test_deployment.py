"""An app outside a notebook: served by the README's commands, by several processes,
by an ASGI server; asked over a socket."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from processes import LIMIT, write

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
SECTION = README.partition("\n## Take it out\n")[2].partition("\n## ")[0]
(MODULE,) = re.findall(r"^```py\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)

#: By a command's last word: have a free port chosen, and leave no file at home.
APART = {
    "run": ["--port", "0"],
    "app:app": ["--bind", "127.0.0.1:0", "--no-control-socket"],
}


@pytest.mark.parametrize("command", COMMANDS.splitlines())
def test_the_readmes_module_is_served_by_the_readmes_commands(command, start):
    words = command.removeprefix("python -m ").split()
    aliased = "nbflask.alias" in words
    module = MODULE.replace("nbflask", "flask") if aliased else MODULE
    # Whose Flask it is shows that a worker is under the alias, too.
    write("app.py", module + "\napp.get('/')(lambda: Flask.__module__)\n")
    process = start("-m", *words, *APART[words[-1]])
    assert json.loads(process.ask("/hello/you")) == {"hello": "you"}
    assert process.ask("/") == "nbflask.app"
    assert process.interrupt() == 0


# Several processes, and other servers

SHARED = """\
    import os
    from pathlib import Path
    from threading import Event, get_ident

    from nbflask import Flask, request, session

    app = Flask(__name__)
    app.secret_key = "the same in each process"


    @app.route("/visit", methods=["GET", "POST"])
    def visit():
        session["visits"] = session.get("visits", 0) + 1
        said = request.json["said"] if request.method == "POST" else ""
        return {"visits": session["visits"], "said": said}


    @app.get("/meet/<int:number>")
    def meet(number):
        Path(f"{os.getpid()}-{get_ident()}.here").touch()
        while len({*Path().glob("*.here")}) < number:
            Event().wait(0.01)
        return {**visit(), "process": os.getpid(), "thread": get_ident()}


    @app.get("/stream")
    def stream():
        def parts():
            yield "begun\\n"
            while not Path("go").exists():
                Event().wait(0.01)
            yield "done\\n"

        return parts()
"""
ASGI = """\
    from a2wsgi import WSGIMiddleware
    from app import app

    asgi = WSGIMiddleware(app)
"""
SERVED = {
    "gunicorn": ["gunicorn", "app:app", "--workers=3", *APART["app:app"]],
    "uvicorn": ["uvicorn", "asgi:asgi", "--port=0"],
}


@pytest.fixture(params=SERVED)
def deployed(request, start):
    """The app under a server; `request.param` says which."""
    write("app.py", SHARED)
    write("asgi.py", ASGI)
    process = start("-m", *SERVED[request.param])
    process.name = request.param
    yield process
    Path("go").touch()
    assert process.interrupt() == 0


def ask(process, path: str, cookie: str = "", body: dict | None = None):
    """Return what JSON says, and the cookie to send the next time."""
    fields = {"Cookie": cookie, "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    request = Request(process.address + path, sent, fields)
    with urlopen(request, timeout=LIMIT) as answer:
        kept = answer.headers["Set-Cookie"].partition(";")[0]
        return json.load(answer), kept


def test_workers_answer_at_a_time_and_a_session_goes_on_with_each(deployed):
    first, cookie = ask(deployed, "/visit", body={"said": "hello"})
    assert first == {"visits": 1, "said": "hello"}
    # None of them is answered before all three have begun.
    with ThreadPoolExecutor(3) as visitors:
        asked = [visitors.submit(ask, deployed, "/meet/3", cookie) for _ in range(3)]
        answers = [each.result()[0] for each in asked]
    assert [each["visits"] for each in answers] == [2, 2, 2]
    place = {"gunicorn": "process", "uvicorn": "thread"}[deployed.name]
    assert len({each[place] for each in answers}) == 3


def test_an_answer_is_sent_while_it_is_made(deployed):
    with urlopen(f"{deployed.address}/stream", timeout=LIMIT) as answer:
        assert answer.readline() == b"begun\n"
        Path("go").touch()
        assert answer.read() == b"done\n"
