"""Templates: escaping, names, contexts, streaming, loaders, macros."""

from __future__ import annotations

from flask import (
    Blueprint,
    Flask,
    before_render_template,
    g,
    get_template_attribute,
    render_template,
    render_template_string,
    request,
    session,
    stream_template,
    stream_template_string,
    template_rendered,
)
from jinja2 import DictLoader
from markupsafe import Markup

EVIL = "<b>&"


def text_is_escaped_by_the_files_name(see):
    with Flask("app").test_request_context():
        for name in ("hello.html", "plain.txt", "picture.svg", "data.XML"):
            see(render_template(name, name=EVIL))
        see(render_template_string("{{ name }}", name=EVIL))
        see(
            render_template_string(
                "{% autoescape false %}{{ n }}{% endautoescape %}", n=EVIL
            )
        )
        see(render_template_string("{{ name|safe }}{{ m }}", name=EVIL, m=Markup(EVIL)))
    app = Flask("app")
    for name in (
        "a.html",
        "a.htm",
        "a.xml",
        "a.xhtml",
        "a.svg",
        "a.txt",
        "a.HTML",
        "html",
        None,
    ):
        see(name, app.select_jinja_autoescape(name))


def templates_extend_and_include(see):
    with Flask("app").test_request_context():
        see(render_template("child.html"))
        see(render_template(["none.html", "hello.html"], name="x"))
        see.outcome(render_template, "none.html")
        see.outcome(render_template, ["none.html", "neither.html"])
        see.outcome(render_template, "broken.html")
        see.outcome(render_template_string, "{{ 1 / 0 }}")
        see.outcome(render_template_string, "{% bad %}")
        see(render_template(Flask("app").jinja_env.from_string("given {{ x }}"), x=1))


def what_every_template_knows(see):
    app = Flask("app")
    app.secret_key = "key"
    with app.test_request_context("/p?q=1"):
        g.x, session["y"] = 1, 2
        see(
            render_template_string(
                "{{request.path}} {{g.x}} {{session.y}} {{config.TESTING}}"
            )
        )
        see(
            render_template_string(
                "{{url_for('static', filename='x')}} {{get_flashed_messages()}}"
            )
        )
    with app.app_context():
        see(render_template_string("{{ g.get('x') }}|{{ config.DEBUG }}"))
        see.outcome(render_template_string, "{{ request.path }}")
        see.outcome(render_template_string, "{{ session.x }}")
    see(
        sorted(
            set(app.jinja_env.globals) - {"range", "dict", "lipsum", "cycler", "joiner"}
        )
    )


def given_names_win(see):
    app = Flask("app")
    app.context_processor(lambda: {"x": "processor", "g": "not g", "z": 1})
    with app.test_request_context():
        see(render_template_string("{{ x }} {{ g }} {{ z }}", x="given"))
        context = {"x": "given"}
        app.update_template_context(context)
        see(sorted(context), context["x"], context["g"])


def imported_macros_know_globals_only(see):
    app = Flask("app")
    app.jinja_loader = DictLoader(
        {
            "m.html": "{% macro m() %}{{ request.path }} {{ x }}{% endmacro %}",
            "a.html": "{% from 'm.html' import m %}{{ m() }}",
            "b.html": "{% from 'm.html' import m with context %}{{ m() }}",
        }
    )
    app.context_processor(lambda: {"x": "x"})
    with app.test_request_context("/p"):
        see(render_template("a.html"), render_template("b.html"))


def attributes_of_templates(see):
    with Flask("app").app_context():
        see(get_template_attribute("parts/macros.html", "greet")("<you>"))
        see(get_template_attribute("parts/macros.html", "answer"))
        see.outcome(get_template_attribute, "parts/macros.html", "none")


def filters_tests_and_globals(see):
    app = Flask("app")

    @app.template_filter()
    def shout(text):
        return text.upper()

    @app.template_test("tiny")
    def is_tiny(number):
        return number < 2

    @app.template_global()
    def two():
        return 2

    app.add_template_filter(len, "size")
    app.add_template_test(bool)
    app.add_template_global(lambda: 3, "three")
    app.jinja_env.filters["direct"] = repr
    app.jinja_env.globals["direct"] = 4
    with app.test_request_context():
        see(
            render_template_string(
                "{{'a'|shout}} {{1 is tiny}} {{two()}} {{'abc'|size}}"
            )
        )
        see(
            render_template_string(
                "{{1 is bool}} {{three()}} {{'a'|direct|safe}} {{direct}}"
            )
        )
        see.outcome(render_template_string, "{{ 1|nope }}")
        see.outcome(render_template_string, "{{ 1 is nope }}")
    see(app.jinja_env.filters["shout"], "tiny" in app.jinja_env.tests)
    see.outcome(app.template_filter, shout)


def undefined_names_are_empty(see):
    with Flask("app").app_context():
        see(render_template_string("[{{ nothing }}]"))
        see.outcome(render_template_string, "{{ nothing.deeper }}")


def jinja_options(see):
    class Site(Flask):
        jinja_options = {"variable_start_string": "[[", "variable_end_string": "]]"}

    app = Site("app")
    with app.app_context():
        see(render_template_string("[[ x ]] {{ x }}", x=1))
    see(app.jinja_env.autoescape, app.jinja_env.auto_reload)
    app = Flask("app")
    app.jinja_options = {
        "trim_blocks": True,
        "extensions": ["jinja2.ext.do"],
        "autoescape": False,
    }
    with app.app_context():
        see(render_template_string("{% do [] %}\n{{ x }}", x=EVIL))


def reloading_follows_the_settings(see):
    for config in ({}, {"DEBUG": True}, {"TEMPLATES_AUTO_RELOAD": True}):
        app = Flask("app")
        app.config.update(config)
        see(app.jinja_env.auto_reload)
    app = Flask("app")
    see(app.jinja_env.auto_reload)
    app.debug = True
    see(app.jinja_env.auto_reload)
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    see(app.jinja_env.auto_reload)


def an_environment_of_ones_own(see):
    from flask.templating import Environment

    class Own(Environment):
        def join_path(self, template, parent):
            return f"parts/{template}" if template == "macros.html" else template

    class Site(Flask):
        jinja_environment = Own

    app = Site("app")
    with app.app_context():
        app.jinja_loader = DictLoader(
            {"a": "{% include 'macros.html' %}", "parts/macros.html": "found"}
        )
        see(render_template("a"))


def templates_send_signals(see):
    app = Flask("app")

    def told(name):
        def tell(sender, template, context, **more):
            see(name, template.name, context.get("x"), sorted(more))

        return tell

    before, after = told("before"), told("after")
    before_render_template.connect(before, app)
    template_rendered.connect(after, app)
    with app.test_request_context():
        see(render_template("plain.txt", name="n", x=1))
        see(list(stream_template_string("{{ x }}", x=2)))


def templates_can_be_streamed(see):
    app = Flask("app")
    app.add_url_rule(
        "/", "x", lambda: stream_template("hello.html", name=request.args["n"])
    )
    app.add_url_rule("/s", "s", lambda: stream_template_string("{{ request.path }}"))
    see(app.test_client().get("/?n=<"))
    see(app.test_client().get("/s"))
    with app.app_context():
        see(list(stream_template_string("a{% for i in [1, 2] %}{{ i }}{% endfor %}")))
        see.outcome(stream_template, "none.html")


def loading_can_be_explained(see):
    app = Flask("app")
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    app.logger.setLevel("INFO")
    admin = Blueprint("admin", "app", template_folder="admin/templates")
    app.register_blueprint(admin)
    with app.test_request_context():
        see(render_template("both.html"))
        see.outcome(render_template, "none.html")
        see(render_template("admin.html"))


def a_loader_of_ones_own(see):
    app = Flask("app", template_folder=None)
    see(app.jinja_loader)
    with app.app_context():
        see.outcome(render_template, "hello.html")
    app.jinja_loader = DictLoader({"x": "from a dict"})
    with app.app_context():
        see(render_template("x"), app.jinja_env.list_templates())


def json_in_templates(see):
    app = Flask("app")
    with app.app_context():
        see(render_template_string("{{ {'b': '</script>', 'a': 1}|tojson }}"))
        see(render_template_string("{{ [1, 'ä']|tojson(indent=1) }}"))
    app.json.sort_keys = False
    with app.app_context():
        see(render_template_string("{{ {'b': 1, 'a': 2}|tojson }}"))


def a_failing_processor_fails_the_page(see):
    app = Flask("app")
    app.testing = True
    app.context_processor(lambda: None)
    with app.app_context():
        see.outcome(render_template_string, "x")


def shell_names(see):
    app = Flask("app")
    app.shell_context_processor(lambda: {"x": 1})
    see(sorted(app.make_shell_context()), app.make_shell_context()["x"])
