"""Error handlers, debug and testing modes, and the log."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, abort, request
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
    NotFound,
)


def fail():
    raise ValueError("in a view")


def what_is_no_error_has_no_handler(see):
    app = Flask("app")
    for wanted in (
        999,
        302,
        int,
        "404",
        NotFound(),
        BaseException,
        KeyboardInterrupt,
        None,
        404.0,
    ):
        see.outcome(app.register_error_handler, wanted, fail)


def the_nearest_class_wins(see):
    app = Flask("app")

    class Base(Exception):
        pass

    class Derived(Base):
        pass

    app.register_error_handler(Exception, lambda error: f"any {type(error).__name__}")
    app.register_error_handler(Base, lambda error: "base")

    def raise_(kind):
        def view():
            raise kind()

        return view

    for kind in (Base, Derived, KeyError, NotFound):
        app.add_url_rule(f"/{kind.__name__}", kind.__name__, raise_(kind))
        see(
            app.test_client().get(f"/{kind.__name__}")
        ) if not app._got_first_request else None
    client = app.test_client()
    for path in ("/Base", "/Derived", "/KeyError", "/NotFound", "/none"):
        see(client.get(path))


def codes_win_over_classes(see):
    app = Flask("app")
    app.register_error_handler(HTTPException, lambda error: f"any {error.code}")
    app.register_error_handler(404, lambda error: (f"code {error.code}", 404))
    app.register_error_handler(
        InternalServerError, lambda error: repr(error.original_exception)
    )
    app.add_url_rule("/fail", "fail", fail)
    app.add_url_rule("/500", "500", lambda: abort(500))
    client = app.test_client()
    see(
        client.get("/none"),
        client.post("/fail"),
        client.get("/fail"),
        client.get("/500"),
    )


def blueprints_answer_their_own_errors(see):
    app, shop = Flask("app"), Blueprint("shop", "app", url_prefix="/shop")
    app.register_error_handler(404, lambda error: "app's")
    shop.register_error_handler(404, lambda error: "shop's")
    shop.app_errorhandler(405)(lambda error: "shop's for all")
    shop.add_url_rule("/", "index", lambda: abort(404))
    app.register_blueprint(shop)
    client = app.test_client()
    see(client.get("/shop/"), client.get("/shop/none"), client.get("/none"))
    see(client.post("/shop/"))


def a_handler_that_fails_is_a_500(see):
    app = Flask("app")

    @app.errorhandler(404)
    def broken(error):
        raise KeyError("in the handler")

    @app.errorhandler(500)
    def broken_too(error):
        raise LookupError("in the last handler")

    see.outcome(app.test_client().get, "/none")


def handlers_for_redirects_are_not_asked(see):
    app = Flask("app")
    app.register_error_handler(HTTPException, lambda error: "handled")
    app.add_url_rule("/x/", "x", lambda: "x")
    see(app.test_client().get("/x"))


def bad_keys_are_explained_in_debug_mode(see):
    for config in ({}, {"DEBUG": True}, {"TRAP_BAD_REQUEST_ERRORS": True}):
        app = Flask("app")
        app.config.update(config)
        app.add_url_rule("/", "x", lambda: request.form["name"])
        app.add_url_rule("/args", "a", lambda: request.args["a"])
        see.outcome(app.test_client().get, "/")
        see.outcome(app.test_client().get, "/args")
    app = Flask("app")
    app.debug = True
    app.add_url_rule("/", "x", lambda: request.form["name"])
    app.register_error_handler(
        BadRequestKeyError, lambda error: (error.description, 400)
    )
    see.outcome(app.test_client().get, "/")


def trapped_http_errors_go_to_the_debugger(see):
    app = Flask("app")
    app.config.update(TRAP_HTTP_EXCEPTIONS=True, TESTING=True)
    see.outcome(app.test_client().get, "/none")
    app = Flask("app")
    app.config.update(TRAP_HTTP_EXCEPTIONS=True)
    app.register_error_handler(NotFound, lambda error: "by class")
    see.outcome(app.test_client().get, "/none")


def exceptions_propagate_by_mode(see):
    for config in (
        *({"TESTING": True}, {"DEBUG": True}, {"PROPAGATE_EXCEPTIONS": True}),
        {"TESTING": True, "PROPAGATE_EXCEPTIONS": False},
    ):
        app = Flask("app")
        app.config.update(config)
        app.add_url_rule("/", "x", fail)
        app.register_error_handler(500, lambda error: ("answered", 500))
        see.outcome(app.test_client().get, "/")


def what_is_no_exception_passes_through(see):
    app = Flask("app")
    app.teardown_request(lambda error: see("down", error))

    def leave():
        raise SystemExit("bye")

    app.add_url_rule("/", "x", leave)
    app.register_error_handler(Exception, lambda error: "never")
    see.outcome(app.test_client().get, "/")


def chained_exceptions_keep_their_cause(see):
    app = Flask("app")
    app.testing = True

    def view():
        try:
            fail()
        except ValueError as error:
            raise KeyError("outer") from error

    app.add_url_rule("/", "x", view)
    try:
        app.test_client().get("/")
    except KeyError as error:
        see(error, error.__cause__)


def a_bad_request_in_json_says_more_in_debug(see):
    for debug in (False, True):
        app = Flask("app")
        app.debug = debug
        app.post("/")(lambda: request.get_json())
        client = app.test_client()
        see(client.post("/", data="{", content_type="application/json"))
        see(client.post("/", data="{}"), client.post("/", json={"a": 1}))


def a_missing_upload_is_explained_in_debug(see):
    app = Flask("app")
    app.debug = True
    app.post("/")(lambda: request.files["f"].filename)
    see.outcome(app.test_client().post, "/", data={"f": "name.txt"})
    see.outcome(app.test_client().post, "/", data={"g": "name.txt"})


def http_exceptions_may_be_returned(see):
    app = Flask("app")
    app.add_url_rule("/", "x", lambda: NotFound("returned"))
    app.add_url_rule("/t", "t", lambda: (BadRequest("with status"), 418, {"X-A": "1"}))
    see(app.test_client().get("/"), app.test_client().get("/t"))


def handlers_get_the_response_of_an_error(see):
    app = Flask("app")

    @app.errorhandler(HTTPException)
    def as_json(error):
        response = error.get_response()
        response.data = f'{{"code": {error.code}}}'
        response.content_type = "application/json"
        return response

    see(app.test_client().get("/none"))


def errors_are_logged_by_name(see):
    app = Flask("app")
    see(
        app.logger.name, app.logger.level, app.logger.handlers, app.logger is app.logger
    )
    app.logger.warning("a %s", "warning")
    see(Flask("__main__", root_path=".").name, Flask("app").name)
    app = Flask("other")
    app.debug = True
    app.logger.debug("in debug mode")
    see(app.logger.level)


def the_default_handler_is_added_if_nothing_listens(see):
    from flask.logging import default_handler, has_level_handler, wsgi_errors_stream

    root = logging.getLogger()
    kept, root.handlers[:] = root.handlers[:], []
    try:
        app = Flask("other")
        see(app.logger.handlers == [default_handler], has_level_handler(app.logger))
        app.logger.removeHandler(default_handler)
        see(has_level_handler(app.logger))
    finally:
        root.handlers[:] = kept
    see(default_handler.formatter._fmt, type(wsgi_errors_stream))


def the_error_stream_is_the_servers(see):
    import io

    from flask.logging import wsgi_errors_stream

    stream = io.StringIO()
    app = Flask("app")
    app.add_url_rule("/", "x", lambda: str(wsgi_errors_stream.write("to the server")))
    app.test_client().get("/", errors_stream=stream)
    see(stream.getvalue())


def registering_twice_replaces(see):
    app = Flask("app")
    app.register_error_handler(404, lambda error: "one")
    app.register_error_handler(NotFound, lambda error: "two")
    see(app.test_client().get("/none"))
    see([list(codes) for codes in app.error_handler_spec.values()])


def the_log_names_the_module_of_the_app(see):
    class Modules(logging.Handler):
        def emit(self, record):
            see("in", record.module, record.getMessage())

    app = Flask("app")
    app.logger.addHandler(Modules())
    app.logger.propagate = False

    @app.get("/")
    def index():
        return "fine"

    @app.after_request
    def fail(response):
        raise LookupError("after")

    see(app.test_client().get("/"))
