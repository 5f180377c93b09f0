"""Flask's apps and nbflask's: the same code, given the one module or the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..data import ADA, CHUNKS, HELLO, NAMES, PAGE, SECRET, TEMPLATES, OutOfStock


def empty(flask: Any) -> Any:
    return flask.Flask("benchmark", root_path=str(TEMPLATES.parent))


def add(app: Any, rule: str, text: str) -> None:
    rule = rule.replace("{id}", "<int:id>")
    # A notebook's cells add routes late, which a program may not.
    app._got_first_request = False
    app.add_url_rule(rule, text, lambda **values: text.format(**values))


def serving(flask: Any, view: Any, **options: Any) -> Any:
    app = empty(flask)
    app.add_url_rule("/", view_func=view, **options)
    return app


def hello(flask: Any) -> Any:
    def view() -> str:
        return HELLO

    return serving(flask, view)


def mapping(flask: Any) -> Any:
    def view() -> dict[str, Any]:
        return ADA

    return serving(flask, view)


def echo(flask: Any) -> Any:
    def view() -> Any:
        return flask.request.get_json()

    return serving(flask, view, methods=["POST"])


def search(flask: Any) -> Any:
    def view() -> str:
        arguments, headers = flask.request.args, flask.request.headers
        words = f"{arguments['q']} {arguments.get('page', type=int)}"
        return f"{words} {headers['X-Token']} {headers['Accept-Language']}"

    return serving(flask, view)


def stream(flask: Any) -> Any:
    def view() -> Iterator[str]:
        yield from CHUNKS

    return serving(flask, view)


def created(flask: Any) -> Any:
    def view() -> tuple[str, int, dict[str, str]]:
        return HELLO, 201, {"X-Token": "1"}

    return serving(flask, view)


# Templates


def template_from_string(flask: Any) -> Any:
    def view() -> str:
        return flask.render_template_string(PAGE, **NAMES)

    return serving(flask, view)


def template_from_file(flask: Any) -> Any:
    def view() -> str:
        return flask.render_template("page.html", **NAMES)

    return serving(flask, view)


# Sessions


def session_read(flask: Any) -> Any:
    def view() -> str:
        return f"Hello, {flask.session['name']}"

    return with_login(flask, serving(flask, view))


def session_written(flask: Any) -> Any:
    def view() -> str:
        session = flask.session
        session["visits"] = session.get("visits", 0) + 1
        return f"Hello, {session['name']}"

    return with_login(flask, serving(flask, view))


def with_login(flask: Any, app: Any) -> Any:
    app.secret_key = SECRET

    @app.get("/login")
    def login() -> str:
        flask.session["name"] = "Ada"
        return "welcome"

    return app


def session_untouched(flask: Any) -> Any:
    app = hello(flask)
    app.secret_key = SECRET
    return app


# Hooks and errors


def hooks(flask: Any) -> Any:
    app = hello(flask)
    for _ in range(3):
        app.before_request(lambda: None)
        app.after_request(lambda response: response)
        app.teardown_request(lambda error: None)
    return app


def forbidden(flask: Any) -> Any:
    def view() -> None:
        flask.abort(403)

    app = serving(flask, view)
    app.register_error_handler(403, lambda error: ("not for you", 403))
    return app


def out_of_stock(flask: Any) -> Any:
    def view() -> None:
        raise OutOfStock

    app = serving(flask, view)
    app.register_error_handler(OutOfStock, lambda error: ("none left", 409))
    return app


# URLs


def links(flask: Any) -> Any:
    shop = flask.Blueprint("shop", __name__, url_prefix="/shop")
    items = flask.Blueprint("items", __name__, url_prefix="/items")

    @items.get("/<int:id>")
    def show(id: int) -> str:
        url_for = flask.url_for
        near = f"{url_for('.show', id=id)} {url_for('shop.items.show', id=id + 1)}"
        return f"{near} {url_for('shop.index')} {url_for('index')}"

    shop.add_url_rule("/", "index", lambda: HELLO)
    shop.register_blueprint(items)
    app = empty(flask)
    app.add_url_rule("/", "index", lambda: HELLO)
    app.register_blueprint(shop)
    return app
