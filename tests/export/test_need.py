"""Which pieces of a notebook its app needs, and in which order, by tables: a notebook's
cells, and the lines of its module. Nothing is run."""

from __future__ import annotations

import json
import sys

import pytest
from notebook_files import as_notebook, document, plan_of

from nbflask.ipynb.cutting import cut
from nbflask.ipynb.errors import NotebookError
from nbflask.ipynb.needs.plan import plan
from nbflask.ipynb.pieces import Code, FileCell, RequestCell, RouteCell
from nbflask.ipynb.reading import document_of

FLASK = "from flask import Flask, request\napp = Flask(__name__)"


def short(piece) -> str:
    """A piece in a line: the first one of its text."""
    if isinstance(piece, RouteCell):
        return f"%%route {piece.rule}"
    if isinstance(piece, FileCell):
        return f"%%{piece.kind} {piece.name}"
    if isinstance(piece, RequestCell):
        return f"%{piece.magic}"
    assert isinstance(piece, Code)
    return piece.text.partition("\n")[0]


def taken(*cells: str) -> list[str]:
    """The pieces of an app with these cells, but for what makes it."""
    found = [short(each) for each in plan_of(FLASK, *cells).pieces]
    return [each for each in found if each not in FLASK.split("\n")]


def view(expression: str) -> str:
    """A cell with a view that needs what an expression needs."""
    return f"@app.get('/')\ndef view():\n    return {expression}"


# What is taken, and what is left

VIEW = "@app.get('/')"

#: `except*` is of Python 3.11.
GROUPS = ["rows = []", "try:\n    rows.append(1)\nexcept* ValueError:\n    pass"]
WITH_GROUPS = {
    "what is tried in groups": ([*GROUPS, view("rows")], ["rows = []", "try:", VIEW])
}

TAKEN = {
    "a constant": (["a = 1", "b = 2", view("a")], ["a = 1", VIEW]),
    "constants of constants": (
        ["a = 1", "b = a + 1", "c = b * a", view("c")],
        ["a = 1", "b = a + 1", "c = b * a", VIEW],
    ),
    "what changes a value": (
        ["rows = []", "rows.append(1)", "rows[0] = 2", "del rows[0]", view("rows")],
        ["rows = []", "rows.append(1)", "rows[0] = 2", "del rows[0]", VIEW],
    ),
    "what changes it below the view": (
        ["rows = []", view("rows"), "rows.append(1)"],
        ["rows = []", VIEW, "rows.append(1)"],
    ),
    "a frame that several cells change": (
        [
            "df = read()",
            "df.head()",
            "df.columns = ['a', 'b']",
            "df['c'] = df['a'] * 2",
            "df.loc[0, 'c'] = 3",
            "df.dropna(inplace=True)",
            "df.describe()",
            "df.dropna()",
            "df.sample(2).plot.bar(x='a')",
            "df.groupby('a').sum().to_string()",
            "df.set_index('a')",
            view("df.to_dict('records')"),
            "def read():\n    return 1",
        ],
        [
            "def read():",
            "df = read()",
            "df.columns = ['a', 'b']",
            "df['c'] = df['a'] * 2",
            "df.loc[0, 'c'] = 3",
            "df.dropna(inplace=True)",
            VIEW,
        ],
    ),
    "no more than the last meaning": (
        ["a = 1", "b = 2", "a = 3", view("a")],
        ["a = 3", VIEW],
    ),
    "each meaning that was used": (
        ["a = 1", "b = a", "a = 3", view("a + b")],
        ["a = 1", "b = a", "a = 3", VIEW],
    ),
    "what is made of a former meaning": (
        ["a = [1]", "a = a + [2]", view("a")],
        ["a = [1]", "a = a + [2]", VIEW],
    ),
    "no changes of a former meaning": (
        ["a = []", "a.append(1)", "a = [2]", view("a")],
        ["a = [2]", VIEW],
    ),
    "all that a name may mean": (
        [
            "a = 1",
            "if a:\n    b = 1",
            "try:\n    import c\nexcept ImportError:\n    c = None",
            "b = b if a else 2",
            view("b, c"),
        ],
        ["a = 1", "if a:", "try:", "b = b if a else 2", VIEW],
    ),
    "a loop that fills": (
        ["rows = {}", "for n in range(3):\n    rows[n] = n", view("rows")],
        ["rows = {}", "for n in range(3):", VIEW],
    ),
    "no loop that looks": (
        ["rows = [1]", "for n in rows:\n    print(n)", view("rows")],
        ["rows = [1]", VIEW],
    ),
    "a loop that changes its elements": (
        ["rows = [{}]", "for row in rows:\n    row['n'] = 1", view("rows")],
        ["rows = [{}]", "for row in rows:", VIEW],
    ),
    "a function that is called to change": (
        [
            "visits = 0",
            "def visit():\n    global visits\n    visits += 1",
            "visit()",
            view("visits"),
        ],
        ["visits = 0", "def visit():", "visit()", VIEW],
    ),
    "a function that changes what it is given": (
        [
            "rows = []",
            "def fill(target):\n    target.append(1)",
            "def show(what):\n    print(what)",
            "fill(rows)",
            "show(rows)",
            view("rows"),
        ],
        ["rows = []", "def fill(target):", "fill(rows)", VIEW],
    ),
    "a model and its training": (
        [
            "class Model:\n    def fit(self, x):\n        self.x = x",
            "x = [1]",
            "first = Model()\nfirst.fit(x)",
            "model = Model()",
            "model.fit(x)",
            "model.score(x)",
            view("model.x"),
        ],
        ["class Model:", "x = [1]", "model = Model()", "model.fit(x)", VIEW],
    ),
    "a registry that decorators fill": (
        [
            "known = {}",
            "def known_as(name):\n    def add(f):\n        known[name] = f\n"
            "        return f\n    return add",
            "@known_as('a')\ndef first():\n    return 1",
            "@known_as('b')\nclass Second:\n    pass",
            "def third():\n    return 3",
            view("list(known)"),
        ],
        [
            "known = {}",
            "def known_as(name):",
            "@known_as('a')",
            "@known_as('b')",
            VIEW,
        ],
    ),
    "a registry that classes fill": (
        [
            "class Base:\n    all = []\n\n    def __init_subclass__(cls):\n"
            "        Base.all.append(cls)",
            "class First(Base):\n    pass",
            "class Other:\n    pass",
            view("len(Base.all)"),
        ],
        ["class Base:", "class First(Base):", VIEW],
    ),
    "a thread whose work changes": (
        [
            "import threading",
            "jobs = {}",
            "def work():\n    jobs['done'] = True",
            "worker = threading.Thread(target=work)",
            "worker.start()",
            "worker.is_alive()",
            view("jobs"),
        ],
        [
            "import threading",
            "jobs = {}",
            "def work():",
            "worker = threading.Thread(target=work)",
            "worker.start()",
            VIEW,
        ],
    ),
    "a thread without a name": (
        [
            "from threading import Thread",
            "jobs = {}",
            "def work():\n    jobs['done'] = True",
            "Thread(target=work).start()",
            view("jobs"),
        ],
        [
            "from threading import Thread",
            "jobs = {}",
            "def work():",
            "Thread(target=work).start()",
            VIEW,
        ],
    ),
    "no object that is only tried": (
        [
            "class Point:\n    def moved(self, by):\n        return self",
            "Point().moved(Point())",
            "p = Point()",
            "p.moved(1).moved(2)",
            view("Point()"),
        ],
        ["class Point:", VIEW],
    ),
    "a cursor of a connection": (
        [
            "import sqlite3",
            "connection = sqlite3.connect(':memory:')",
            "cursor = connection.cursor()",
            "cursor.execute('CREATE TABLE t (a)')",
            "rows = cursor.execute('SELECT * FROM t').fetchall()",
            "cursor.execute('SELECT a FROM t').fetchone()",
            view("connection.execute('SELECT a FROM t').fetchall()"),
        ],
        [
            "import sqlite3",
            "connection = sqlite3.connect(':memory:')",
            "cursor = connection.cursor()",
            "cursor.execute('CREATE TABLE t (a)')",
            VIEW,
        ],
    ),
    "other names for a thing, and its parts": (
        [
            "rows = {'a': []}\nother = [rows]",
            "alias = rows",
            "inner = alias['a']",
            "inner.append(1)",
            "seen = rows.copy()",
            "seen['b'] = 2",
            "more = other.index(rows)",
            view("rows"),
        ],
        [
            "rows = {'a': []}",
            "alias = rows",
            "inner = alias['a']",
            "inner.append(1)",
            VIEW,
        ],
    ),
    "the app by another name": (
        ["application = app", "@application.get('/')\ndef view():\n    return 'x'"],
        ["application = app", "@application.get('/')"],
    ),
    "signals": (
        [
            "from flask import request_started, request_finished",
            "@request_started.connect_via(app)\ndef began(sender):\n    pass",
            "@request_finished.connect\ndef done(sender):\n    pass",
            "def told(sender):\n    pass",
            "request_finished.connect(told)",
        ],
        [
            "from flask import request_started, request_finished",
            "@request_started.connect_via(app)",
            "@request_finished.connect",
            "def told(sender):",
            "request_finished.connect(told)",
        ],
    ),
    "changes within expressions": (
        [
            "a = []\nb = []\nc = []",
            "[a.append(n) for n in range(3)]",
            "a or a.append(1)",
            "a.pop() if a else None",
            "print(b.pop())",
            "print(len(c), sorted(c))",
            "def add():\n    c.append(1)\n    return c",
            "print(add())",
            view("a, b, c"),
        ],
        [
            "a = []",
            "b = []",
            "c = []",
            "[a.append(n) for n in range(3)]",
            "a or a.append(1)",
            "a.pop() if a else None",
            "print(b.pop())",
            "def add():",
            "print(add())",
            VIEW,
        ],
    ),
    "a registry that a metaclass fills": (
        [
            "class Meta(type):\n    all = []\n\n    def __init__(cls, *args):\n"
            "        Meta.all.append(cls)",
            "class First(metaclass=Meta):\n    pass",
            view("len(Meta.all)"),
        ],
        ["class Meta(type):", "class First(metaclass=Meta):", VIEW],
    ),
    "what runs where a notebook is run itself": (
        [
            "rows = []",
            "if __name__ == '__main__':\n    rows.append('a')\n"
            "    LIMIT = 3\n    for n in rows:\n        print(n)\n    app.run()\n"
            "else:\n    LIMIT = 5",
            view("rows[:LIMIT]"),
        ],
        ["rows = []", "rows.append('a')", "LIMIT = 3", VIEW],
    ),
    "a model that is dumped and loaded": (
        [
            "import pickle",
            "model = [1]",
            "with open('model.pkl', 'wb') as file:\n    pickle.dump(model, file)",
            "with open('other.pkl', 'wb') as file:\n    pickle.dump(model, file)",
            "pickle.dump(model, open('third.pkl', mode='wb'))",
            "loaded = pickle.load(open('model.pkl', 'rb'))",
            view("loaded, pickle.load(open('third.pkl', 'rb'))"),
        ],
        [
            "import pickle",
            "model = [1]",
            "with open('model.pkl', 'wb') as file:",
            "pickle.dump(model, open('third.pkl', mode='wb'))",
            "loaded = pickle.load(open('model.pkl', 'rb'))",
            VIEW,
        ],
    ),
    "a file by a variable": (
        [
            "from pathlib import Path",
            "HERE = Path('data')\nNOTES = HERE / 'notes.txt'\nLOG = HERE / 'log.txt'",
            "with NOTES.open('w') as file:\n    file.write('x')",
            "with open(LOG, 'w') as file:\n    file.write('x')",
            "open(NOTES).read()",
            view("NOTES.read_text()"),
        ],
        [
            "from pathlib import Path",
            "HERE = Path('data')",
            "NOTES = HERE / 'notes.txt'",
            "with NOTES.open('w') as file:",
            VIEW,
        ],
    ),
    "a database by its file": (
        [
            "import sqlite3",
            "FILE = 'shop.db'",
            "first = sqlite3.connect(FILE)\nfirst.execute('CREATE TABLE t (a)')\n"
            "first.close()",
            "look = sqlite3.connect(FILE)\nlook.execute('SELECT * FROM t')\n"
            "look.close()",
            view("sqlite3.connect(FILE).execute('SELECT a FROM t').fetchall()"),
        ],
        [
            "import sqlite3",
            "FILE = 'shop.db'",
            "first = sqlite3.connect(FILE)",
            "first.execute('CREATE TABLE t (a)')",
            "first.close()",
            VIEW,
        ],
    ),
    "a folder and what lies in it": (
        [
            "import os\nfrom pathlib import Path",
            "Path('data').mkdir(exist_ok=True)",
            "os.makedirs('data/more', exist_ok=True)",
            "Path('unused').mkdir(exist_ok=True)",
            "Path('data/more/a.txt').write_text('a')",
            "Path('scratch.txt').write_text('b')",
            view("Path('data/more/a.txt').read_text()"),
        ],
        [
            "import os",
            "from pathlib import Path",
            "Path('data').mkdir(exist_ok=True)",
            "os.makedirs('data/more', exist_ok=True)",
            "Path('data/more/a.txt').write_text('a')",
            VIEW,
        ],
    ),
    "a table that a function saves": (
        [
            "df = [1]",
            "def save():\n    df.to_csv('rows.csv')",
            "save()",
            "df.to_csv('unused.csv')",
            view("open('rows.csv').read()"),
        ],
        ["df = [1]", "def save():", "save()", VIEW],
    ),
    "converters and settings": (
        [
            "class Two:\n    pass",
            "app.url_map.converters['two'] = Two",
            "app.url_map.converters.update(two=Two)",
            "app.url_map.strict_slashes = False",
            "app.config['A'] = 1",
            "app.url_map",
            "list(app.url_map.iter_rules())",
            "app.config['A']",
            "print(app.config)",
        ],
        [
            "class Two:",
            "app.url_map.converters['two'] = Two",
            "app.url_map.converters.update(two=Two)",
            "app.url_map.strict_slashes = False",
            "app.config['A'] = 1",
        ],
    ),
    "no client, whatever is made of it": (
        [
            view("'x'"),
            "client = app.test_client()",
            "made = client.get('/').text",
            "rows = [made]",
            "with app.test_client() as c:\n    print(c.get('/'))",
            "def ask(path):\n    return client.get(path)",
            "ask('/')",
            "with app.test_request_context('/'):\n    print(request.path)",
        ],
        [VIEW],
    ),
    "no server": (
        [
            view("'x'"),
            "from threading import Thread\nfrom werkzeug.serving import make_server",
            "server = make_server('localhost', 0, app)",
            "Thread(target=server.serve_forever).start()",
            "Thread(target=app.run).start()",
            "def serve_it():\n    app.run(port=0)",
            "Thread(target=serve_it).start()",
            "serve_it()",
            "app.run()",
            "if __name__ == '__main__':\n    app.run()",
        ],
        [VIEW],
    ),
    "what is run that is no app": (
        [
            "class Task:\n    def run(self):\n        return 1",
            "result = Task().run()",
            "task = Task()",
            "other = task.run()",
            view("result + other"),
        ],
        [
            "class Task:",
            "result = Task().run()",
            "task = Task()",
            "other = task.run()",
            VIEW,
        ],
    ),
    "extensions, and what is made of them": (
        [
            "from some import Database, Cors",
            "db = Database()",
            "db.init_app(app)",
            "Cors(app)",
            "class User(db.Model):\n    pass",
            "with app.app_context():\n    db.create_all()",
            view("User.all()"),
        ],
        [
            "from some import Database, Cors",
            "db = Database()",
            "db.init_app(app)",
            "Cors(app)",
            "class User(db.Model):",
            "with app.app_context():",
            VIEW,
        ],
    ),
    "no plots": (
        [
            "import matplotlib.pyplot as plt",
            "rows = [1]",
            "plt.plot(rows)",
            "plt.show()",
            "fig, ax = plt.subplots()\nax.plot(rows)\nax.set_title('x')",
            view("rows"),
        ],
        ["rows = [1]", VIEW],
    ),
    "what sets a library up": (
        [
            "import random, logging",
            "random.seed(1)",
            "random.random()",
            "logging.basicConfig(level=10)",
            view("random.random(), logging.getLogger().level"),
        ],
        [
            "import random, logging",
            "random.seed(1)",
            "logging.basicConfig(level=10)",
            VIEW,
        ],
    ),
    "no magics": (
        [
            "%matplotlib inline",
            "!pip install this",
            "%%bash\nls",
            "%%html\n<b>",
            "%%sql\nSELECT 1",
            "%%time\na = 1",
            "%%capture out\nb = 2",
            "%time c = 3",
            "files = !ls",
            "%timeit a",
            "a?",
            view("a, b, c"),
        ],
        ["a = 1", "b = 2", "c = 3", VIEW],
    ),
    "a function's own names": (
        [
            "def outer(view):\n    def inner(n):\n        inner.calls += 1\n"
            "        return view(n).name.upper()\n    inner.calls = 0\n"
            "    import json\n    json.x = 1\n    return inner",
            view("outer(len)"),
        ],
        ["def outer(view):", VIEW],
    ),
    "names of comprehensions and lambdas": (
        [
            "n = 1\nk = 2\nrow = 3",
            "rows = [n for n in range(3)]",
            "pick = lambda row: row + k",
            view("rows, [pick(each) for each in rows]"),
        ],
        [
            "k = 2",
            "rows = [n for n in range(3)]",
            "pick = lambda row: row + k",
            VIEW,
        ],
    ),
    "a walrus's name": (
        ["if (limit := 3) > 2:\n    pass", "x = 1", view("limit")],
        ["if (limit := 3) > 2:", VIEW],
    ),
    "what a body needs": (
        ["a = 1", "%load_ext nbflask", "%%route /x/<int:n>\nm = n + a\nm", "m = 5"],
        ["a = 1", "%%route /x/<int:n>"],
    ),
    "files of cells": (
        ["%load_ext nbflask", "%%template a.html\nx", "%%static a.css\ny", "%get /"],
        ["%%template a.html", "%%static a.css"],
    ),
    "what a match chooses": (
        [
            "rows = []",
            "match 5:\n    case [k, *m]:\n        n = k, m\n    case n:\n"
            "        @app.get('/n')\n        def chosen():\n            return rows",
            "match n:\n    case 5:\n        rows.append(n)",
            "match n:\n    case 5:\n        print(n)",
        ],
        ["rows = []", "match 5:", "match n:"],
    ),
    "what a function matches is its own": (
        [
            "rest = []",
            "def of(it):\n    match it:\n        case [_, *rest]:\n"
            "            rest.append(1)\n    return it",
            "of([1])",
            view("rest"),
        ],
        ["rest = []", VIEW],
    ),
    **(WITH_GROUPS if sys.version_info >= (3, 11) else {}),
    "methods that are called like looks": (
        [
            "class Cup:\n    full = 0\n    def count(self):\n        self.full += 1\n"
            "    def show(self):\n        return self.full",
            "cup = Cup()",
            "cup.count()",
            "cup.show()",
            view("cup.full"),
        ],
        ["class Cup:", "cup = Cup()", "cup.count()", VIEW],
    ),
    "where a result is put": (
        [
            "import numpy as np",
            "rows = np.ones(3)",
            "np.multiply(rows, 2, out=rows)",
            "np.multiply(rows, 2)",
            view("rows"),
        ],
        [
            "import numpy as np",
            "rows = np.ones(3)",
            "np.multiply(rows, 2, out=rows)",
            VIEW,
        ],
    ),
    "what a function sets for all": (
        [
            "def load(k):\n    global model, size\n    model = size = k",
            "load(3)",
            "print(model, size)",
            "twice = 2 * size",
            view("model + twice"),
        ],
        ["def load(k):", "load(3)", "twice = 2 * size", VIEW],
    ),
    "classes that others note": (
        [
            "noted = []",
            "class Shape:\n    def __init_subclass__(cls):\n        noted.append(cls)",
            "class Round(Shape):\n    pass",
            "class Ball(Round):\n    pass",
            "class Kind(type):\n    def __init__(cls, *a):\n        noted.append(cls)",
            "class Cube(metaclass=Kind):\n    pass",
            "class Other:\n    pass",
            view("noted"),
        ],
        [
            "noted = []",
            "class Shape:",
            "class Round(Shape):",
            "class Ball(Round):",
            "class Kind(type):",
            "class Cube(metaclass=Kind):",
            VIEW,
        ],
    ),
    "where modules are found": (
        [
            "import sys",
            "if 'lib' not in sys.path:\n    sys.path.append('lib')",
            "import attrs",
            "sys.path.append('other')",
            "print(sys.path)",
            view("attrs"),
        ],
        [
            "import sys",
            "if 'lib' not in sys.path:",
            "import attrs",
            "sys.path.append('other')",
            VIEW,
        ],
    ),
    "no path of modules that nobody needs": (
        ["import sys", "sys.path.append('lib')", "import json", view("json")],
        ["import json", VIEW],
    ),
    "the future": (
        ["from __future__ import annotations", view("1"), "import os"],
        ["from __future__ import annotations", VIEW],
    ),
}


@pytest.mark.parametrize(("cells", "expected"), TAKEN.values(), ids=TAKEN)
def test_an_app_takes_what_it_needs_and_no_more(cells, expected):
    assert taken(*cells) == expected


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_there_is_defined(name):
    missing = plan_of(FLASK, *TAKEN[name][0]).missing
    assert missing == ()


# The later one serves

LATER = {
    "a function": (
        ["@app.get('/')\ndef first():\n    pass", "@app.get('/')\ndef other():\n    2"],
        ["other"],
    ),
    "one function, written again": (
        ["@app.get('/a')\ndef one():\n    pass", "@app.get('/b')\ndef one():\n    2"],
        ["one"],
    ),
    "two methods": (
        ["@app.get('/')\ndef first():\n    pass", "@app.post('/')\ndef add():\n    2"],
        ["first", "add"],
    ),
    "a part of its methods": (
        [
            "@app.route('/', methods=['GET', 'POST'])\ndef both():\n    pass",
            "@app.post('/')\ndef add():\n    2",
        ],
        ["both", "add"],
    ),
    "hooks are not routes": (
        [
            "@app.before_request\ndef a():\n    pass",
            "@app.before_request\ndef b():\n    pass",
        ],
        ["a", "b"],
    ),
}


@pytest.mark.parametrize(("cells", "expected"), LATER.values(), ids=LATER)
def test_of_two_that_claim_the_same_the_later_one_serves(cells, expected):
    pieces = plan_of(FLASK, *cells).pieces
    names = [getattr(each.node, "name", None) for each in pieces]
    assert [each for each in names if each] == expected


def test_an_app_that_is_made_again_has_nothing_of_the_former():
    first = "@app.get('/a')\ndef a():\n    return old\nold = 1"
    again = "app = Flask(__name__)"
    assert taken(first, again, view("'x'")) == [VIEW]


# In which order

ORDER = {
    "a constant below what it is for": (
        ["b = a + 1", view("b"), "a = 1"],
        ["a = 1", "b = a + 1", VIEW],
    ),
    "with all that it needs in turn": (
        ["c = b", view("c"), "a = 1\nb = a"],
        ["a = 1", "b = a", "c = b", VIEW],
    ),
    "with what changes it there": (
        ["total = sum(rows)", view("total"), "rows = []\nrows.append(1)"],
        ["rows = []", "rows.append(1)", "total = sum(rows)", VIEW],
    ),
    "a decorator below its function": (
        [
            "@app.get('/')\n@twice\ndef view():\n    return 1",
            "def twice(f):\n    return lambda: f() * NUMBER",
            "NUMBER = 2",
        ],
        ["def twice(f):", "NUMBER = 2", VIEW],
    ),
    "a class below its subclass": (
        ["class B(A):\n    pass", "class A:\n    pass", view("B()")],
        ["class A:", "class B(A):", VIEW],
    ),
    "helpers stay where they are": (
        [view("f()"), "def f():\n    return a", "a = 1"],
        [VIEW, "def f():", "a = 1"],
    ),
}


MOUNTING = {
    "a loop": ["for each in (api, more):\n    app.register_blueprint(each)"],
    "a function": ["def mount():\n    app.register_blueprint(api)", "mount()"],
    "a function that is given it": [
        "def mount(*all):\n    for each in all:\n        app.register_blueprint(each)",
        "mount(api, more)",
    ],
}


@pytest.mark.parametrize("cells", MOUNTING.values(), ids=MOUNTING)
def test_a_blueprint_is_whole_before_it_is_registered_in_whatever_way(cells):
    made = ["from flask import Blueprint", "api = Blueprint('api', __name__)"]
    made += ["more = Blueprint('more', __name__)"]
    found = taken(*made, *cells, "@api.get('/late')\ndef late():\n    return 'late'")
    assert found[-1] == cells[-1].partition("\n")[0]
    assert "@api.get('/late')" in found


@pytest.mark.parametrize(("cells", "expected"), ORDER.values(), ids=ORDER)
def test_what_is_needed_comes_first(cells, expected):
    assert taken(*cells) == expected


def test_views_may_stand_above_the_app_that_they_are_put_on():
    pieces = plan_of(view("a"), "a = 1", FLASK).pieces
    assert [short(each) for each in pieces] == [*FLASK.split("\n"), VIEW, "a = 1"]


# What is missing

MISSING = {
    "a name that nothing defines": (
        ["%load_ext nbflask", "%%route /\nnowhere"],
        ["nowhere (cell 3, line 1)"],
    ),
    "a name of a function": (
        [view("helper()"), "def helper():\n    return gone"],
        ["gone (cell 3, line 1)"],
    ),
    "what the shell gave": (
        ["files = !ls", view("files")],
        ["files (cell 2, line 1): !ls gave it, which only IPython can run"],
    ),
    "what a magic gave": (
        ["result = %sx ls", view("result")],
        ["result (cell 2, line 1): %sx ls gave it, which only IPython can run"],
    ),
    "an answer": (
        ["%load_ext nbflask", "made = %get /", "%%route /\nmade.json"],
        ["made (cell 3, line 1)"],
    ),
    "what a client was told": (
        ["token = app.test_client().get('/t').text", view("token")],
        ["token (cell 2, line 1)"],
    ),
}


@pytest.mark.parametrize(("cells", "expected"), MISSING.values(), ids=MISSING)
def test_a_name_that_cannot_be_had_is_told_with_its_cell(cells, expected):
    found = [str(each) for each in plan_of(FLASK, *cells).missing]
    assert len(found) == len(expected)
    for each, start in zip(found, expected, strict=True):
        assert each.startswith(start)


# Which app

APPS = {
    "the only one": (["from flask import Flask\nsite = Flask('x')"], "site"),
    "what loading makes": (["%load_ext nbflask"], "app"),
    "the module's": (["import flask\napp = flask.Flask('x')"], "app"),
    "a factory's": (
        [
            "from flask import Flask",
            "def create_app():\n    app = Flask('x')\n    return app",
            "api = create_app()",
        ],
        "api",
    ),
    "a factory's that returns at once": (
        ["from flask import Flask", "def make():\n    return Flask('x')", "a = make()"],
        "a",
    ),
    "of a class": (
        ["from flask import Flask", "class My(Flask):\n    pass", "my = My('x')"],
        "my",
    ),
    "with an annotation": (
        ["from flask import Flask", "app: Flask = Flask('x')"],
        "app",
    ),
    "by two names": (
        ["from flask import Flask\napplication = app = Flask('x')"],
        "app",
    ),
    "made twice": (["from flask import Flask", *["app = Flask('x')"] * 2], "app"),
}


@pytest.mark.parametrize(("cells", "expected"), APPS.values(), ids=APPS)
def test_an_app_is_known_by_what_makes_it(cells, expected):
    assert plan_of(*cells).app == expected


def test_of_two_apps_one_can_be_chosen():
    cells = ("from flask import Flask", "a = Flask('a')", "b = Flask('b')", "x = 1")
    found = plan(cut(document(*cells)), "b").pieces
    assert [short(each) for each in found] == [
        "from flask import Flask",
        "b = Flask('b')",
    ]


# Bad notebooks


def text_of(*cells: str, **others) -> str:
    return json.dumps({**as_notebook(*cells), **others})


BAD = {
    "broken JSON": ("{", "api.ipynb is no notebook, its JSON is broken: "),
    "an empty file": ("", "api.ipynb is no notebook, its JSON is broken: "),
    "other JSON": ("[]", "api.ipynb is no notebook: it does not say its nbformat"),
    "nbformat 3": (
        json.dumps({"nbformat": 3, "worksheets": []}),
        "api.ipynb is of nbformat 3, and 4 is read: convert it, jupyter nbconvert",
    ),
    "no cells": (
        json.dumps({"nbformat": 4}),
        "api.ipynb is no notebook: it has no list of cells",
    ),
    "a cell that is none": (
        json.dumps({"nbformat": 4, "cells": [{"cell_type": "code"}, 5]}),
        "api.ipynb is broken: its part 2 is no cell",
    ),
    "JSON of a great depth": (
        "[" * 100_000,
        "api.ipynb is no notebook, its JSON is broken: ",
    ),
    "cells without a text": (
        json.dumps(
            {
                "nbformat": 4,
                "cells": [
                    {"cell_type": "code", "source": None, "outputs": 5},
                    {"cell_type": "code", "source": 5},
                    {"cell_type": "markdown", "source": None},
                ],
            }
        ),
        "api.ipynb has no app: ",
    ),
    "half a character": (
        text_of(FLASK, "a = '\ud800'"),
        "api.ipynb is broken: its part 2 has half a character in it",
    ),
    "a great depth": (
        text_of(FLASK, "a = " + " + ".join(["1"] * 900)),
        "api.ipynb, cell 2 is nested too deeply: give parts of it names",
    ),
    "a depth that Python refuses": (
        text_of(FLASK, "a = " + " + ".join(["1"] * 9000)),
        "api.ipynb, cell 2 is nested too deeply: give parts of it names",
    ),
    "no app": (
        text_of("a = 1"),
        "api.ipynb has no app: write app = Flask(__name__) in a cell, or %load_ext",
    ),
    "two apps": (
        text_of("from flask import Flask", "a = Flask('a')", "b = Flask('b')"),
        "api.ipynb has 2 apps, a (cell 2), b (cell 3): say which, as in api.ipynb:a",
    ),
    "a syntax error": (
        text_of(FLASK, "x = 1\nif x\n  y"),
        "api.ipynb, cell 2, line 2: ",
    ),
    "a syntax error in a body": (
        text_of("%load_ext nbflask", "%%route /\nx = 1\nreturn ("),
        "api.ipynb, cell 2, line 3: ",
    ),
    "a route without a rule": (
        text_of("%load_ext nbflask", "%%route\n1"),
        "api.ipynb, cell 2: %%route: The rule is missing",
    ),
    "a route with a variable that Werkzeug cannot read": (
        text_of("%load_ext nbflask", "%%route /<größe>\n1"),
        "api.ipynb, cell 2: %%route: The rule '/<größe>' has a variable 'größe', which",
    ),
    "a route without a body": (
        text_of("%load_ext nbflask", "%%route /\n"),
        "api.ipynb, cell 2: %%route has no body",
    ),
    "a template without a name": (
        text_of("%load_ext nbflask", "%%template\nx"),
        "api.ipynb, cell 2: %%template lacks a name",
    ),
    "a circle": (
        text_of(FLASK, "a = b", "b = a", view("a")),
        "api.ipynb: definitions go round in a circle: a (cell 2) needs b (cell 3)"
        " needs a (cell 2)",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_bad_notebook_gets_one_line(text, said):
    with pytest.raises(NotebookError) as raised:
        plan(cut(document_of(text, "api.ipynb")))
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)
