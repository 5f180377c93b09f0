"""What goes wrong with Flask in a notebook, as a person meets it, cell by cell.

Each trouble is a table row: what the person does, and what has to hold instead.
Here nothing is known of where the cells are run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell to run; its output shows and lacks these texts."""

    source: str
    id: str = "a"
    shows: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    fails: bool = False
    #: What the debugger is told.
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """An expression, and its value at this point."""

    expression: str
    value: object


@dataclass(frozen=True, slots=True)
class Trouble:
    what: str
    steps: tuple[Cell | Look, ...]
    #: What the same steps show with Flask; nothing where that would take the kernel
    #: along.
    in_flask: tuple[str, ...] = ()
    #: Without an id, a cell under another text is another cell.
    needs_ids: bool = False

    def __str__(self) -> str:
        return self.what


BEGIN = """
from urllib.request import urlopen
from nbflask import Blueprint, Flask, render_template_string

app = Flask(__name__)
client = app.test_client()

def said(path):
    response = client.get(path)
    return response.text if response.status_code == 200 else response.status_code

def rules():
    found = (each.rule for each in app.url_map.iter_rules())
    return sorted({*found} - {'/static/<path:filename>'})

def fetched(url):
    with urlopen(url, timeout=20) as response:
        return response.read().decode()
"""

OVERWRITING = "overwriting an existing endpoint function: index"
SERVE = "server = app.run(port=0)"
FETCH = "fetched(server.url + '/')"
RAISES = "@app.get('/')\ndef index():\n    secret = 121\n    return secret / 0"
IN_THREAD = """
from threading import Thread
thread = Thread(target=app.run, kwargs={"port": port})
thread.start()
thread.join(20)
"""


def view(url: str, name: str, says: str, on: str = "app") -> str:
    return f"@{on}.route({url!r})\ndef {name}():\n    return {says!r}"


TROUBLES = (
    Trouble(
        "a route cell is run again",
        (
            Cell(view("/", "index", "one")),
            Cell(view("/", "index", "one")),
            Look("said('/')", "one"),
            Cell(view("/", "index", "two")),
            Look("said('/')", "two"),
            Look("rules()", ["/"]),
        ),
        in_flask=(OVERWRITING, "seen: 'one'"),
    ),
    Trouble(
        "the URL is edited",
        (
            Cell(view("/old", "index", "one")),
            Cell(view("/new", "index", "two")),
            Look("said('/new')", "two"),
            Look("said('/old')", 404),
            Look("rules()", ["/new"]),
        ),
        in_flask=(OVERWRITING, "seen: 'one'"),
    ),
    Trouble(
        "the URL and the function's name are edited",
        (
            Cell(view("/old", "old", "one")),
            Cell(view("/new", "new", "two")),
            Look("said('/new')", "two"),
            Look("said('/old')", 404),
            Look("rules()", ["/new"]),
        ),
        needs_ids=True,
        in_flask=("seen: 'one'", "seen: ['/new', '/old']"),
    ),
    Trouble(
        "the function is renamed, its URL stays",
        (
            Cell(view("/", "old", "one")),
            Cell(view("/", "new", "two")),
            Look("said('/')", "two"),
            Look("rules()", ["/"]),
        ),
        in_flask=("seen: 'one'",),
    ),
    Trouble(
        "a route, a hook, a handler and a filter come after a request",
        (
            Cell(view("/", "index", "one")),
            Look("said('/')", "one"),
            Cell(view("/late", "late", "late"), "route"),
            Look("said('/late')", "late"),
            Cell(
                "@app.after_request\ndef mark(response):\n"
                "    response.headers['X-Late'] = 'yes'\n    return response",
                "hook",
            ),
            Look("client.get('/').headers['X-Late']", "yes"),
            Cell(
                "@app.errorhandler(404)\ndef lost(error):\n    return 'lost', 404",
                "handler",
            ),
            Look("client.get('/nowhere').text", "lost"),
            Cell(
                "@app.template_filter()\ndef shout(text):\n    return text + '!'", "f"
            ),
            Cell(
                "@app.get('/shout')\ndef loud():\n"
                "    return render_template_string('{{ \"x\" | shout }}')",
                "loud",
            ),
            Look("said('/shout')", "x!"),
        ),
        in_flask=tuple(
            f"The setup method '{name}' can no longer be called"
            for name in ("route", "after_request", "errorhandler", "template_filter")
        ),
    ),
    Trouble(
        "a before_request cell is run again",
        (
            Cell("ran = []\n" + view("/", "index", "one")),
            Cell("@app.before_request\ndef check():\n    ran.append('one')", "hook"),
            Cell("@app.before_request\ndef check():\n    ran.append('two')", "hook"),
            Cell("@app.before_request\ndef check():\n    ran.append('two')", "hook"),
            Look("said('/'), ran", ("one", ["two"])),
        ),
        in_flask=("seen: ('one', ['one', 'two', 'two'])",),
    ),
    Trouble(
        "a blueprint's registration is run again",
        (
            Cell("shop = Blueprint('shop', __name__)", "made"),
            Cell(view("/x", "x", "one", on="shop"), "member"),
            Cell("app.register_blueprint(shop, url_prefix='/shop')", "mount"),
            Cell("app.register_blueprint(shop, url_prefix='/shop')", "mount"),
            Look("said('/shop/x')", "one"),
            Cell("app.register_blueprint(shop, url_prefix='/store')", "mount"),
            Look("said('/store/x'), said('/shop/x')", ("one", 404)),
            Look("rules()", ["/store/x"]),
        ),
        in_flask=("The name 'shop' is already registered",),
    ),
    Trouble(
        "a route is added to a registered blueprint",
        (
            Cell("shop = Blueprint('shop', __name__, url_prefix='/shop')", "made"),
            Cell("app.register_blueprint(shop)", "mount"),
            Look("said('/shop/late')", 404),
            Cell(view("/late", "late", "late", on="shop"), "member"),
            Look("said('/shop/late')", "late"),
        ),
        in_flask=("The setup method 'route' can no longer be called on the bl",),
    ),
    Trouble(
        "an async view is called through the test client",
        (
            Cell(
                "import asyncio\n@app.get('/')\nasync def index():\n"
                "    await asyncio.sleep(0)\n    return 'awaited'"
            ),
            Look("said('/')", "awaited"),
            Cell("await asyncio.sleep(0)\nprint('in', said('/'))", "asks"),
            Look("said('/')", "awaited"),
        ),
        in_flask=("seen: 500",),
    ),
    Trouble(
        "a view raises",
        (
            Cell(
                "@app.get('/')\ndef index():\n    secret = 121\n    return secret / 0"
            ),
            Cell(
                "client.get('/')",
                "ask",
                shows=(
                    "500 Internal Server Error  GET /",
                    "line 4, in index",
                    "→   4      return secret / 0",
                    "ZeroDivisionError: division by zero",
                ),
            ),
            Cell("%debug", "debug", answers=("p 'it is', secret", "q"), shows=("121",)),
        ),
        in_flask=("[500 INTERNAL SERVER ERROR]",),
    ),
    Trouble(
        "a view raises, and a magic asks",
        (
            Cell("%load_ext nbflask", "load"),
            Cell(
                "@app.get('/')\ndef index():\n    secret = 121\n    return secret / 0"
            ),
            Cell(
                "%get /",
                "ask",
                shows=("500 Internal Server Error  GET /", "→   4      return secret"),
                lacks=("Traceback", "dispatch", "site-packages"),
            ),
            Cell("%debug", "debug", answers=("p 'it is', secret", "q"), shows=("121",)),
        ),
    ),
    Trouble(
        "a view raises while TESTING",
        (
            Cell(
                "@app.get('/')\ndef index():\n    secret = 121\n    return secret / 0"
            ),
            Cell("app.testing = True", "testing"),
            Cell(
                "client.get('/')",
                "ask",
                fails=True,
                shows=("ZeroDivisionError", "secret / 0"),
                lacks=("dispatch", "wsgi_app", "site-packages"),
            ),
            Cell("%debug", "debug", answers=("p 'it is', secret", "q"), shows=("121",)),
        ),
        in_flask=("dispatch_request", "site-packages"),
    ),
    Trouble(
        "app.run() is called",
        (
            Cell(view("/", "index", "one")),
            Cell(SERVE, "serve", shows=("Serving on",)),
            Look(FETCH, "one"),
            Cell(view("/", "index", "two")),
            Look(FETCH, "two"),
        ),
        in_flask=("Press CTRL+C to quit",),
    ),
    Trouble(
        "app.run(debug=True) is called",
        (
            Cell(view("/", "index", "one")),
            Cell("server = app.run(port=0, debug=True)", shows=("Serving on",), id="s"),
            Look(FETCH, "one"),
            Look("app.debug", True),
        ),
    ),
    Trouble(
        "app.run() is called in a thread, twice",
        (
            Cell(view("/", "index", "one")),
            Cell(SERVE + "\nport = server.port\nserver.stop()", "port"),
            Cell(IN_THREAD, "thread"),
            Look("fetched(f'http://127.0.0.1:{port}/')", "one"),
            Cell(view("/", "index", "two")),
            Cell(IN_THREAD, "thread", lacks=("in use",)),
            Look("fetched(f'http://127.0.0.1:{port}/')", "two"),
            Look("thread.is_alive()", False),
            # With the same port it is the same server, so this is harmless too.
            Cell("server = app.run(port=port)\nserver.stop()", "stop"),
        ),
    ),
)
