"""Which answers of a notebook its app would give again, once it is whole."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from nbflask.ipynb.cutting import cut
from nbflask.ipynb.needs.plan import plan
from nbflask.ipynb.reading import document_of
from nbflask.ipynb.requests.asked import recording_of
from nbflask.ipynb.requests.recorded import Answer
from nbflask.ipynb.standing.judging import judged

LOAD = "%load_ext nbflask"


def standing(*cells, status=200, counts=None, first=LOAD, what="stands"):
    """The paths of a notebook's requests whose answers stand."""
    told = [new_code_cell(each) for each in (first, *cells)]
    for cell, count in zip(told, counts or (), strict=False):
        cell.execution_count = count
    text = nbformat.writes(new_notebook(cells=told))
    pieces = cut(document_of(text, "api.ipynb"))
    recording = recording_of(pieces)
    answered = [replace(each, answer=Answer(status)) for each in recording.sent]
    found = judged(plan(pieces), answered, recording.unsent)
    return [each.request.path for each in found if getattr(each, what)]


USERS = "users = []"
LIST = "%%route /users\nusers"
ADD = "%%route POST /users\nusers.append(request.json)\nusers"
X = "%%route /x\n'x'"

STANDING = [
    ("what was defined before", [X, "%get /x"], ["/x"]),
    ("its view comes later", ["%get /x", X], []),
    ("another view comes later", [X, "%get /x", "%%route /y\n'y'"], ["/x"]),
    ("a view is replaced", [X, "%get /x", "%%route /x\n'new'", "%get /x?2"], ["/x?2"]),
    (
        "a more special rule comes later",
        ["%%route /u/<n>\nn", "%get /u/new", "%get /u/3", "%%route /u/new\n'new'"],
        ["/u/3"],
    ),
    (
        "another method comes later",
        [USERS, LIST, "%get /users", ADD],
        ["/users"],
    ),
    (
        "a helper of its view comes later",
        ["%%route /x\nhelp()", "%get /x", "def help(): return 1"],
        [],
    ),
    (
        "what a helper needs comes later",
        ["def help(): return size", "%%route /x\nhelp()", "%get /x", "size = 3"],
        [],
    ),
    (
        "what its view reads is filled later",
        [USERS, LIST, X, "%get /users", "%get /x", "users.append(3)", "%get /users?2"],
        ["/x", "/users?2"],
    ),
    ("an import comes again", ["import json", X, "%get /x", "import json"], ["/x"]),
    (
        "a hook comes later that may answer",
        [X, "%get /x", "@app.before_request\ndef f():\n    return 'no'"],
        [],
    ),
    (
        "a hook comes later that may refuse",
        [X, "%get /x", "@app.before_request\ndef f():\n    abort(401)"],
        [],
    ),
    (
        "hooks come later that only watch, and mark",
        [
            X,
            "%get /x",
            "@app.before_request\ndef f():\n    g.start = 1",
            "@app.after_request\ndef a(r):\n    r.headers['X-A'] = '1'\n    return r",
            "@app.teardown_request\ndef t(error):\n    print(error)",
        ],
        ["/x"],
    ),
    (
        "a hook comes later that changes the response",
        [X, "%get /x", "@app.after_request\ndef a(r):\n    r.data = ''\n    return r"],
        [],
    ),
    (
        "the framework's settings come later",
        [X, "%get /x", "app.config['MAX_CONTENT_LENGTH'] = 1"],
        [],
    ),
    (
        "settings of something else come later",
        [X, "%get /x", "app.config['MAIL'] = 'x'", "app.secret_key = 'x'"],
        ["/x"],
    ),
    (
        "its own settings come later",
        ["%%route /x\napp.config['MAIL']", "%get /x", "app.config['MAIL'] = 'x'"],
        [],
    ),
    (
        "what makes responses of something else comes later",
        [
            X,
            "%get /x",
            "class C: pass",
            "@app.response_adapter(C)\ndef c(c): return 'c'",
        ],
        ["/x"],
    ),
    (
        "an extension comes later that waits to be asked",
        [X, "%get /x", "manager = LoginManager(app)"],
        ["/x"],
    ),
    (
        "an error handler comes later",
        [X, "%get /x", "@app.errorhandler(404)\ndef lost(e): return 'lost', 404"],
        ["/x"],
    ),
    (
        "what only commands and templates know comes later",
        [
            X,
            "%get /x",
            "@app.cli.command()\ndef tidy(): pass",
            "@app.template_filter()\ndef loud(text): return text.upper()",
            "%%template page.html\npage",
        ],
        ["/x"],
    ),
    (
        "its template comes again",
        [
            "%%template base.html\nbase",
            "%%template page.html\n{% extends 'base.html' %}",
            "%%route /page\nrender_template('page.html')",
            "%get /page",
            "%%template base.html\nanother base",
            "%get /page?2",
        ],
        ["/page?2"],
    ),
    (
        "a filter comes later, and its view renders",
        [
            "%%route /page\nrender_template_string('{{ 1 }}')",
            "%get /page",
            "@app.template_filter()\ndef loud(text): return text.upper()",
        ],
        [],
    ),
    (
        "its static file comes later",
        ["%get /static/a.css", "%get /static/b.css", "%%static a.css\na {}"],
        ["/static/b.css"],
    ),
    (
        "what was written is thrown away later",
        [USERS, LIST, ADD, "%post /users a=1", USERS, "%get /users"],
        [],
    ),
    (
        "something else is thrown away later",
        [USERS, LIST, ADD, "%post /users a=1", "size = []", "%get /users"],
        ["/users", "/users"],
    ),
    (
        "what was written is written in another way by now",
        [USERS, LIST, ADD, "%post /users a=1", f"{ADD}[-1]", "%get /users"],
        [],
    ),
    (
        "an unknown request may have changed it",
        [USERS, X, LIST, ADD, "%post /users a={{1}}", "%get /users", "%get /x"],
        ["/x"],
    ),
    (
        "Python may have changed it",
        [USERS, X, LIST, ADD, "app.test_client().post('/users')", "%get /users?2"],
        [],
    ),
    (
        "a function that changes it was tried",
        [
            USERS,
            LIST,
            "def add(name):\n    users.append(name)\n    return name",
            "%get /users",
            "print(add('Ada'))",
            "%get /users?2",
        ],
        [],
    ),
    (
        "Python has only asked",
        [USERS, X, LIST, "c = app.test_client()", "c.get('/users')", "%get /users"],
        ["/users"],
    ),
    (
        "its blueprint is mounted later",
        [
            "shop = Blueprint('shop', __name__, url_prefix='/shop')",
            "%%route /tea --on shop\n'tea'",
            "%get /shop/tea",
            "app.register_blueprint(shop)",
            "%get /shop/tea?2",
            "%get /tea",
        ],
        ["/shop/tea?2", "/tea"],
    ),
    (
        "another blueprint is mounted later",
        [
            "shop = Blueprint('shop', __name__)",
            X,
            "%get /x",
            "%%route /tea --on shop\n'tea'",
            "app.register_blueprint(shop, url_prefix='/shop')",
        ],
        ["/x"],
    ),
    (
        "an extension comes later",
        [X, "%get /x", "from lib import Limiter\nlimiter = Limiter(app)"],
        [],
    ),
    (
        "the app is made anew",
        ["app = Flask('a')", X, "%get /x", "app = Flask('b')"],
        [],
    ),
]


@pytest.mark.parametrize(
    ("cells", "paths"),
    [each[1:] for each in STANDING],
    ids=[each[0] for each in STANDING],
)
def test_an_answer_stands_unless_what_it_depends_on_comes_later(cells, paths):
    assert standing(*cells) == paths


@pytest.mark.parametrize(
    ("status", "handled", "stands"),
    [
        (404, "404", False),
        (404, "500", True),
        (404, "NotFound", False),
        (404, "HTTPException", False),
        (404, "ValueError", True),
        (400, "KeyError", False),
        (500, "ValueError", False),
        (200, "404", True),
    ],
)
def test_an_error_depends_on_the_handlers_that_may_be_asked(status, handled, stands):
    handler = f"@app.errorhandler({handled})\ndef lost(e): return 'lost', 404"
    assert standing(X, "%get /lost", handler, status=status) == ["/lost"] * stands


def test_what_becomes_of_an_error_changes_nothing_of_what_is_written():
    handler = "@app.errorhandler(404)\ndef lost(e): return 'lost', 404"
    cells = USERS, LIST, ADD, "%post /users a=1", handler, "%get /users?2"
    assert standing(*cells, status=404) == ["/users?2"]


def test_a_cell_that_ran_again_later_makes_older_answers_fall():
    cells = X, "%get /x", "%%route /y\n'y'", "%get /y"
    assert standing(*cells, counts=(1, 2, 3, 4, 5)) == ["/x", "/y"]
    assert standing(*cells, counts=(1, 6, 3, 4, 5)) == ["/y"]
    assert standing(*cells, counts=(1, None, 3, 4, 5)) == ["/x", "/y"]


@pytest.mark.parametrize(
    ("view", "first"),
    [
        ("random.random()", "import random"),
        ("choice([1, 2])", "from random import choice"),
        ("{'at': time.time()}", "import time"),
        ("{'at': datetime.now()}", "from datetime import datetime"),
        ("np.random.rand()", "import numpy as np"),
        ("str(uuid4())", "from uuid import uuid4"),
        ("helper()", "import time\ndef helper(): return time.ctime()"),
    ],
)
def test_answers_of_clocks_and_dice_vary(view, first):
    cells = first, f"%%route /x\n{view}", "%get /x", "%%route /y\n'y'", "%get /y"
    assert standing(*cells, what="varies") == ["/x"]


def test_what_views_of_clocks_have_written_varies():
    add = "%%route POST /users\nusers.append(time.time())\nusers"
    cells = "import time", USERS, LIST, add, "%get /users?1", "%post /users"
    assert standing(*cells, "%get /users?2", what="varies") == ["/users", "/users?2"]


def test_dice_with_a_beginning_of_their_own_fall_alike():
    cells = "import random", "random.seed(3)", "%%route /x\nrandom.random()", "%get /x"
    assert standing(*cells, what="varies") == []


def test_apps_of_decorators_are_judged_as_well():
    first = "from flask import Flask\napp = Flask(__name__)"
    cells = (
        "%load_ext nbflask",
        "@app.route('/a', methods=['GET', 'POST'])\ndef a(): return 'a'",
        "%get /a",
        "app.add_url_rule('/b', view_func=lambda: 'b')",
        "%get /b",
        "@app.get('/c')\ndef c(): return 'c'",
    )
    assert standing(*cells, first=first) == ["/a", "/b"]
