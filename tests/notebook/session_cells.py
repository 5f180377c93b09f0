"""The forty cells of a person's session, as data: what each may say, from run to run.

Here nothing is known of how they are run.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Text:
    """What a cell says; `plain` says the same in a module, without magics."""

    cell: str
    plain: str

    @property
    def failing(self) -> str:
        """The same, but the cell fails when all is registered, or at once where
        others use what it defines."""
        if self.cell.startswith("%%"):
            line, _, rest = self.cell.partition("\n")
            return f"{line} --nonsense\n{rest}"
        if "@" in self.cell or "app." in self.cell:
            return f"{self.cell}\nraise RuntimeError('the end of a failing cell')"
        return f"raise RuntimeError('the beginning of a failing cell')\n{self.cell}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is edited from one text to another and back.

    In a module, what is mounted has to be complete: such cells stand `last` there.
    """

    id: str
    texts: tuple[Text, ...]
    last: bool = False


def same(id: str, *texts: str, last: bool = False) -> Cell:
    cleaned = [dedent(text).strip("\n") for text in texts]
    return Cell(id, tuple(Text(text, text) for text in cleaned), last)


def magic(id: str, *pairs: tuple[str, str]) -> Cell:
    return Cell(id, tuple(Text(cell, dedent(plain)) for cell, plain in pairs))


def view(path: str, name: str, says: str, on: str = "app", how: str = "get") -> str:
    return f"@{on}.{how}({path!r})\ndef {name}():\n    return {says}"


def mark(kind: str, name: str, on: str = "app") -> str:
    """A hook that leaves its name on the response, or in `g`."""
    if kind == "after_request":
        return (
            f"@{on}.after_request\ndef {name}(response):\n"
            f"    response.headers['X-{name}'] = 'yes'\n    return response"
        )
    return f"@{on}.{kind}\ndef {name}():\n    g.{name} = True"


def template(name: str, source: str) -> tuple[str, str]:
    return f"%%template {name}\n{source}", f"app.add_template({name!r}, {source!r})"


def static(path: str, source: str) -> tuple[str, str]:
    return f"%%static {path}\n{source}", f"app.add_static_file({path!r}, {source!r})"


def route(line: str, body: str, plain: str) -> tuple[str, str]:
    return f"%%route {line}\n{body}", plain


CELLS = (
    same("helper", "def shout(text): return text.upper()", "def shout(x): return x"),
    same("data", "numbers = [1, 2, 3]", "numbers = [4, 5]"),
    same(
        "class", "class Lost(Exception): pass", "class Lost(Exception):\n    code = 1"
    ),
    same("point", "class Point:\n    x = 1", "class Point:\n    x = 2"),
    same("parts", 'shop = Blueprint("shop", __name__, url_prefix="/shop")'),
    same("more", 'api = Blueprint("api", __name__)'),
    same("inner", 'inner = Blueprint("inner", __name__, url_prefix="/inner")'),
    same("index", view("/", "index", "'one'"), view("/", "home", "shout('two')")),
    same(
        "moved",
        view("/a", "moved", "'a'"),
        view("/b", "moved", "'b'"),
        view("/b", "gone", "'c'"),
    ),
    same(
        "methods",
        view("/m", "takes", "request.method"),
        view("/m", "takes", "request.method", how="post"),
        "@app.route('/m', methods=['GET', 'PUT'])\n"
        "def takes(): return request.method + '!'",
    ),
    magic(
        "body",
        route(
            "/n/<int:n>",
            "{'n': n, 'of': numbers}",
            """
            @app.get("/n/<int:n>", endpoint="n_n")
            def n_n(n): return {"n": n, "of": numbers}
            """,
        ),
        route(
            "/n/<n>",
            "f'text {n}'",
            """
            @app.get("/n/<n>", endpoint="n_n")
            def n_n(n): return f"text {n}"
            """,
        ),
    ),
    magic(
        "function",
        route(
            "GET,POST /f",
            "def f():\n    return shout(request.method)",
            """
            @app.route("/f", methods=["GET", "POST"])
            def f(): return shout(request.method)
            """,
        ),
        route(
            "/f --endpoint effs",
            "def f():\n    return 'f'",
            "@app.get('/f', endpoint='effs')\ndef f(): return 'f'",
        ),
    ),
    magic(
        "awaits",
        route(
            "/later",
            "import asyncio\nawait asyncio.sleep(0)\n'later'",
            """
            @app.get("/later", endpoint="later")
            async def later():
                import asyncio
                await asyncio.sleep(0)
                return "later"
            """,
        ),
    ),
    magic(
        "on",
        route(
            "/late --on shop",
            "'late'",
            "@shop.get('/late', endpoint='late')\ndef late(): return 'late'",
        ),
        route(
            "/later --on shop",
            "'later'",
            "@shop.get('/later', endpoint='later')\ndef later(): return 'later'",
        ),
    ),
    same(
        "async",
        "@app.get('/async')\nasync def coroutine(): return 'async'",
        "@app.get('/async')\ndef coroutine(): return 'sync'",
    ),
    same(
        "class-view",
        """
        from nbflask.views import MethodView
        class Things(MethodView):
            def get(self): return "things"
        app.add_url_rule("/things", view_func=Things.as_view("things"))
        """,
        """
        from nbflask.views import MethodView
        class Things(MethodView):
            def get(self): return "other things"
            def delete(self): return "none"
        app.add_url_rule("/things", view_func=Things.as_view("things"))
        """,
    ),
    same(
        "rule",
        "def plain(): return 'plain'\napp.add_url_rule('/plain', view_func=plain)",
        "def plain(): return 'plainer'\n"
        "app.add_url_rule('/plain', 'other', plain, methods=['GET', 'POST'])",
        "app.add_url_rule('/listed', 'listed', dict, methods=['GET', 'POST'])",
        "app.add_url_rule('/first/<int:n>', 'first', lambda n: numbers[:n])\n"
        "app.add_url_rule('/first', 'first', defaults={'n': 1})",
    ),
    same(
        "several",
        view("/x", "x", "'x'") + "\n" + view("/y", "y", "'y'"),
        view("/x", "x", "'x'"),
        view("/y", "y", "'y'") + "\n" + mark("after_request", "of_y"),
        "for number in range(20):\n"
        "    app.add_url_rule(f'/many/{number}', f'many{number}', lambda: 'many')",
        "for number in range(3):\n"
        "    app.add_url_rule(f'/many/{number}', f'many{number}', lambda: 'few')",
    ),
    same(
        "lambda",
        "app.add_url_rule('/l', 'l', lambda: 'l')",
        "app.add_url_rule('/list', 'listed', dict)",
        """
        from functools import partial
        app.add_url_rule("/l", "l", partial("{} {}".format, "partial", "view"))
        """,
        """
        def loudly(f):
            def called(): return f() + "!"
            return called
        @app.get("/l")
        @loudly
        def l(): return "wrapped"
        """,
    ),
    same("before", mark("before_request", "before"), mark("before_request", "sooner")),
    same("after", mark("after_request", "after"), mark("after_request", "behind")),
    same("after-two", mark("after_request", "beside"), "pass"),
    same("shows-g", view("/g", "shows_g", "sorted(g)")),
    same(
        "teardown",
        "@app.teardown_request\ndef close(error): pass",
        "@app.teardown_appcontext\ndef close(error): pass",
        "@app.cli.command('clean')\ndef clean(): print('clean')",
        "@app.shell_context_processor\ndef in_shell(): return {'numbers': numbers}",
    ),
    same(
        "values",
        "@app.url_value_preprocessor\ndef note(endpoint, values): g.noted = endpoint",
        "pass",
        "@app.url_defaults\ndef fill(endpoint, values): values['lang'] = 'en'",
    ),
    same(
        "handler",
        "@app.errorhandler(404)\ndef missing(e): return 'missing', 404",
        "@app.errorhandler(404)\ndef missing(e): return shout('missing'), 404",
        "@app.errorhandler(405)\ndef missing(e): return 'not so', 405",
    ),
    same(
        "class-handler",
        "@app.errorhandler(Lost)\ndef lost(e): return 'lost', 410",
        "@app.errorhandler(Lost)\ndef found(e): return 'found', 200",
    ),
    same(
        "loses",
        "@app.get('/lose')\ndef lose(): raise Lost",
        "@app.get('/lose')\ndef lose(): abort(403)",
    ),
    same(
        "filter",
        "@app.template_filter()\ndef loud(x): return x + '!'",
        "@app.template_filter('loud')\ndef louder(x): return x + '!!'",
        "app.add_template_filter(lambda x: x + '?', 'loud')\n"
        "@app.template_test()\ndef odd(x): return x % 2",
    ),
    same(
        "names",
        "@app.context_processor\ndef site(): return {'site': 'one'}",
        "@app.context_processor\ndef site(): return {'site': 'two'}",
        "@app.template_global()\ndef year(): return 2026\n"
        "app.jinja_env.globals['site'] = 'three'",
    ),
    magic(
        "page",
        template("page.html", "<p>{{ site|loud }} {% block body %}{% endblock %}"),
        template("page.html", "<h1>{{ site|loud }} {% block body %}{% endblock %}"),
        template("other.html", "{% macro title() %}{{ site }}{% endmacro %}"),
    ),
    magic(
        "child",
        template(
            "child.html", "{% extends 'page.html' %}{% block body %}child{% endblock %}"
        ),
        template("child.html", "{% include ['page.html', 'other.html'] %}"),
        template("child.html", "{% from 'other.html' import title %}{{ title() }}"),
    ),
    same("renders", view("/page", "page", "render_template('child.html')")),
    magic(
        "css",
        static("app.css", "h1 { color: teal }"),
        static("app.css", "h1 { color: red }"),
        static("other.css", "h2 { color: teal }"),
        static("css/app.json", '{"color": "teal"}'),
    ),
    same(
        "adapter",
        "@app.response_adapter(Point)\ndef as_json(point): return {'x': point.x}",
        "@app.response_adapter(Point)\ndef as_text(point): return f'x={point.x}'",
    ),
    same("points", view("/point", "shows_point", "Point()")),
    same(
        "members",
        view("/", "index", "'shop'", on="shop"),
        view("/all", "index", "'all'", on="shop"),
        view("/", "front", "'front'", on="shop")
        + "\n"
        + mark("after_request", "of_shop", on="shop"),
    ),
    same(
        "shop-hook",
        mark("before_request", "in_shop", on="shop"),
        "@shop.before_request\ndef in_shop(): return 'closed'",
        "@shop.before_app_request\ndef anywhere(): g.anywhere = True",
        "@shop.errorhandler(Lost)\ndef lost_goods(e): return 'lost goods', 410\n"
        "@shop.app_errorhandler(403)\ndef not_so(e): return 'not in shops', 403",
        "@shop.context_processor\ndef of_shop(): return {'site': 'shop'}\n"
        "@shop.app_template_test('even')\ndef even(x): return not x % 2",
        "@shop.url_value_preprocessor\ndef look(endpoint, values): g.looked = True\n"
        "@shop.cli.command('stock')\ndef stock(): print('all')",
        "@shop.record\ndef set_up(state):\n"
        "    state.add_url_rule('/set-up', 'set_up', lambda: 'set up')",
    ),
    same(
        "inner-member",
        view("/", "index", "url_for('.index')", on="inner"),
        view("/", "index", "render_template('child.html')", on="inner")
        + "\n"
        + mark("after_request", "of_inner", on="inner"),
    ),
    same(
        "mount",
        """
        api.register_blueprint(inner)
        app.register_blueprint(shop)
        app.register_blueprint(api, url_prefix="/api")
        """,
        """
        api.register_blueprint(inner)
        app.register_blueprint(shop, url_prefix="/store")
        app.register_blueprint(api, url_prefix="/v1")
        """,
        """
        app.register_blueprint(shop)
        app.register_blueprint(shop, name="again", url_prefix="/again")
        """,
        """
        shop.register_blueprint(inner)
        app.register_blueprint(shop)
        """,
        last=True,
    ),
)

#: What is asked after each cell.
REQUESTS = (
    *(
        ("GET", path)
        for path in [
            "/",
            "/a",
            "/b",
            "/m",
            "/n/7",
            "/n/seven",
            "/f",
            "/later",
            "/async",
            "/x",
            "/y",
        ]
    ),
    *(
        ("GET", path)
        for path in ["/things", "/plain", "/l", "/g", "/lose", "/page", "/point"]
    ),
    *(("GET", path) for path in ["/listed", "/list", "/first", "/first/2"]),
    *(("GET", path) for path in ["/many/1", "/many/9"]),
    *(("GET", path) for path in ["/static/app.css", "/static/other.css", "/nowhere"]),
    *(("GET", path) for path in ["/shop/", "/shop/all", "/shop/late", "/shop/later"]),
    *(("GET", path) for path in ["/store/", "/again/", "/api/inner/", "/v1/inner/"]),
    *(("GET", path) for path in ["/shop/inner/", "/shop/set-up", "/shop/nowhere"]),
    ("GET", "/static/css/app.json"),
    *(("POST", path) for path in ["/m", "/f", "/plain", "/nowhere"]),
    ("PUT", "/m"),
    ("DELETE", "/things"),
)
