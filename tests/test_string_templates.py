"""A template that is given as a string is compiled once, and nobody notices.

The measure is an app whose environment has a way of its own to compile, and so does
it at each rendering, as Flask does.
"""

from __future__ import annotations

import gc
import traceback
from copy import copy
from threading import Barrier, Thread

import jinja2
import pytest
from jinja2 import Environment as General
from jinja2 import Undefined, nodes, pass_context, pass_environment
from jinja2.ext import Extension
from jinja2.loaders import DictLoader
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from nbflask import (
    Flask,
    before_render_template,
    g,
    render_template_string,
    session,
    stream_template_string,
    template_rendered,
)
from nbflask.templating import Environment

GREETING = "Hello, {{ name }}!"


class Compiling(Environment):
    """Compiles at each rendering."""

    def from_string(self, *args, **kwargs):
        return super().from_string(*args, **kwargs)


@pytest.fixture
def compiled(monkeypatch) -> list[str]:
    """The sources that were compiled so far, whoever asked for it."""
    sources = []
    plain = jinja2.parser.Parser.parse

    def parse(parser):
        tree = plain(parser)
        sources.append(parser.filename)
        return tree

    monkeypatch.setattr(jinja2.parser.Parser, "parse", parse)
    return sources


def test_a_string_is_compiled_once(app, compiled):
    with app.app_context():
        texts = [render_template_string(GREETING, name=each) for each in "ab<"]
        streamed = "".join(stream_template_string(GREETING, name="c"))
    assert [*texts, streamed] == [
        *("Hello, a!", "Hello, b!", "Hello, &lt;!", "Hello, c!")
    ]
    assert len(compiled) == 1


def test_a_string_is_compiled_once_for_all_requests(app, client, compiled):
    app.add_url_rule("/<name>", "hello", lambda name: render_template_string(GREETING))
    app.context_processor(lambda: {"name": g.get("name", "nobody")})
    app.before_request(lambda: setattr(g, "name", session.get("name", "you")))
    assert [client.get("/a").text for _ in range(3)] == ["Hello, you!"] * 3
    assert len(compiled) == 1


@pytest.mark.parametrize(
    "source",
    ["{{ x|upper }}", "{{ [1, 2]|join('-') }}", "{% if x is defined %}{% endif %}"],
)
def test_jinjas_own_filters_and_tests_need_no_compiling_again(app, compiled, source):
    with app.app_context():
        assert {render_template_string(source, x="x") for _ in range(3)}
    assert len(compiled) == 1


def test_a_registered_filter_that_is_given_a_variable_needs_none_either(app, compiled):
    app.add_template_filter(str.upper, "shout")
    with app.app_context():
        texts = [render_template_string("{{ x|shout }}", x=each) for each in "ab"]
    assert texts == ["A", "B"]
    # Read twice the first time, to see that the filter cannot have been called.
    assert len(compiled) == 2


def test_no_more_than_a_few_hundred_strings_are_kept(app):
    with app.app_context():
        for number in range(1_000):
            render_template_string(f"{number} {{{{ x }}}}")
    gc.collect()
    environment = app.jinja_env
    found = [each for each in gc.get_objects() if type(each).__name__ == "Template"]
    assert sum(each.environment is environment for each in found) <= 256


def test_a_very_long_string_is_not_kept(app, compiled):
    with app.app_context():
        for _ in range(2):
            render_template_string("x" * 50_000)
    assert len(compiled) == 2


# What is changed after a first rendering counts for the next


def shout(value):
    return f"{value}!"


def counting():
    numbers = []

    def count(value, *_):
        numbers.append(value)
        return f"{value}{len(numbers)}"

    return count


class Preprocessing(Extension):
    """Replaces a word by what is said in the environment's app."""

    def preprocess(self, source, name, filename=None):
        return source.replace("WORD", self.environment.app.config["WORD"])


class Foreign(jinja2.Template):
    def render(self, context):
        return f"foreign {super().render(context)}"


def setting(**attributes):
    def change(app, monkeypatch):
        for name, value in attributes.items():
            setattr(app.jinja_env, name, value)

    return change


def patching(owner, name, value):
    return lambda app, monkeypatch: monkeypatch.setattr(owner, name, value)


def doing(act):
    return lambda app, monkeypatch: act(app)


def nothing(app, monkeypatch):
    """What was once right still is, or never was."""


def marking_in_place(mark):
    def change(app, monkeypatch):
        # The function itself, which stays where it is.
        monkeypatch.setattr(
            MARKED, "jinja_pass_arg", mark(lambda: 0).jinja_pass_arg, False
        )

    return change


class Marked:
    def __call__(self, *args):
        return len(args)


MARKED = Marked()
BLOCK = "{% if x %}\n  a\n  {% endif %}\n  b\n"


def with_filter(app):
    app.add_template_filter(lambda value: f"{value}?", "shout")


def with_marked(app):
    app.jinja_env.filters["marked"] = app.jinja_env.tests["marked"] = MARKED


def with_counting(app):
    app.add_template_filter(counting(), "count")
    app.add_template_test(counting(), "counted")
    app.jinja_env.filters["upper"] = counting()


def with_preprocessing(app):
    app.config["WORD"] = "one"
    app.jinja_env.add_extension(Preprocessing)


def with_translations(app):
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_null_translations()


def with_rule(app):
    app.jinja_env.autoescape = lambda name: app.config["ESCAPES"]
    app.config["ESCAPES"] = True


def without(app):
    """Nothing is prepared."""


def with_dict(kind):
    def prepare(app):
        setattr(app.jinja_env, kind, getattr(app.jinja_env, kind).copy())

    return prepare


def with_schemes(app):
    app.jinja_env.policies["urlize.extra_schemes"] = ["own:"]


def with_undefined(app):
    count = counting()

    class Counting(Undefined):
        def __str__(self):
            return count("undefined")

    app.jinja_env.undefined = Counting


def with_templates(app):
    count = counting()

    class Counting(jinja2.Template):
        @classmethod
        def from_code(cls, *args):
            template = super().from_code(*args)
            template.number = count("made")
            return template

        def render(self, context):
            return super().render(context) + self.number

    type(app.jinja_env).template_class = Counting


def with_preprocess(app):
    app.jinja_env.preprocess = counting()


def copied_environment(app):
    former = app.jinja_env
    app.jinja_env = copy(former)
    former.undefined = jinja2.DebugUndefined


def replaced_filters(app):
    app.jinja_env.filters = {**app.jinja_env.filters, "shout": str.upper}


def changed_own_filters(app):
    names = app.jinja_env.filters
    for name in list(names):
        if name in {"upper", "lower"}:
            del names[name]


CHANGES = {
    "a filter": (
        "{{ x|shout }}",
        with_filter,
        doing(lambda app: app.add_template_filter(shout)),
    ),
    "a filter in the environment": (
        *("{{ x|shout }}", with_filter),
        doing(lambda app: app.jinja_env.filters.update(shout=shout)),
    ),
    "a filter that wants more": (
        *("{{ x|shout }}", with_filter),
        doing(
            lambda app: app.add_template_filter(
                pass_context(lambda context, value: context["x"] * 2), "shout"
            )
        ),
    ),
    "a filter that is new": ("{{ x|shout }}", without, doing(with_filter)),
    "a filter of Jinja's name": (
        *("{{ 'x'|upper }}", without),
        doing(lambda app: app.jinja_env.filters.update(upper=shout)),
    ),
    "a filter of Jinja's, gone": ("{{ x|upper }}", without, doing(changed_own_filters)),
    "all filters": ("{{ x|shout }}", with_filter, doing(replaced_filters)),
    "a filter of a dict": (
        *("{{ 'x'|upper }}", with_dict("filters")),
        doing(lambda app: app.jinja_env.filters.update(upper=shout)),
    ),
    "a test of a dict": (
        *("{{ 'x' is upper }}", with_dict("tests")),
        doing(lambda app: app.jinja_env.tests.update(upper=shout)),
    ),
    "a filter's mark": ("{{ x|marked }}", with_marked, marking_in_place(pass_context)),
    "a filter's other mark": (
        *("{{ x|marked }}", with_marked),
        marking_in_place(pass_environment),
    ),
    "a test's mark": ("{{ x is marked }}", with_marked, marking_in_place(pass_context)),
    "a filter that counts": ("{{ 'a'|count }}", with_counting, nothing),
    "a filter that counts, chosen": (
        "{{ ('a' if 1 else x)|count }}",
        with_counting,
        nothing,
    ),
    "a filter that counts, or": ("{{ (1 or x)|count }}", with_counting, nothing),
    "a filter that counts, compared": (
        "{{ (1 > 2 > x)|count }}",
        with_counting,
        nothing,
    ),
    "a filter that counts, in a block": (
        *("{% filter count %}a{% endfilter %}", with_counting, nothing),
    ),
    "a filter that counts, inside": ("{{ x ~ ('a'|count) }}", with_counting, nothing),
    "a test that counts": ("{{ 'a' is counted }}", with_counting, nothing),
    "a filter of Jinja's name that counts": ("{{ 'a'|upper }}", with_counting, nothing),
    "what JSON is made with": (
        *("{{ {'a': 'é'}|tojson }}", without),
        doing(lambda app: setattr(app.json, "ensure_ascii", False)),
    ),
    "what cuts are made with": (
        *("{{ 'abcdefgh'|truncate(4) }}", without),
        doing(lambda app: app.jinja_env.policies.update({"truncate.leeway": 0})),
    ),
    "what links are made with": (
        *("{{ 'https://a.org'|urlize }}", without),
        doing(lambda app: app.jinja_env.policies.update({"urlize.target": "_top"})),
    ),
    "which links there are": (
        *("{{ 'own:a'|urlize }}", with_schemes),
        doing(
            lambda app: app.jinja_env.policies["urlize.extra_schemes"].remove("own:")
        ),
    ),
    "what is trimmed": (BLOCK, without, setting(trim_blocks=True)),
    "what is stripped": (BLOCK, without, setting(lstrip_blocks=True)),
    "whether the last line ends": (BLOCK, without, setting(keep_trailing_newline=True)),
    "how lines end": (BLOCK, without, setting(newline_sequence="\r\n")),
    "how variables are written": (
        *("{{ x }} [[ x ]]", without),
        setting(variable_start_string="[[", variable_end_string="]]"),
    ),
    "how lines are written": (
        "# if x\n{{ x }}\n# endif",
        without,
        setting(line_statement_prefix="#"),
    ),
    "what is undefined": ("{{ y }}", without, setting(undefined=jinja2.DebugUndefined)),
    "what is undefined and counts": ("{{ 'a'.b }}", with_undefined, nothing),
    "what is final": ("{{ x }}{{ 'a' }}", without, setting(finalize=shout)),
    "what counts at last": (
        "{{ 'a' }}",
        lambda app: setattr(app.jinja_env, "finalize", counting()),
        nothing,
    ),
    "whether it is escaped": ("{{ x }}", without, setting(autoescape=False)),
    "what the rule says": (
        *("{{ x }}", with_rule),
        doing(lambda app: app.config.update(ESCAPES=False)),
    ),
    "the rule": ("{{ x }}", with_rule, setting(autoescape=lambda name: False)),
    "an extension": (
        *("{% for a in 'ab' %}{{ a }}{% break %}{% endfor %}", without),
        doing(lambda app: app.jinja_env.add_extension("jinja2.ext.loopcontrols")),
    ),
    "what an extension looks at": (
        *("WORD", with_preprocessing),
        doing(lambda app: app.config.update(WORD="two")),
    ),
    "an extension, gone": (
        *("{% trans %} a {% endtrans %}", with_translations),
        doing(lambda app: app.jinja_env.extensions.clear()),
    ),
    "a policy of translations": (
        *("{% trans %} a\n b {% endtrans %}", with_translations),
        doing(lambda app: app.jinja_env.policies.update({"ext.i18n.trimmed": True})),
    ),
    "the style of translations": (
        *("{% trans y=x %}{{ y }}{% endtrans %}", with_translations),
        doing(
            lambda app: app.jinja_env.install_gettext_callables(
                shout, lambda *args: "many", newstyle=True
            )
        ),
    ),
    "a global": (
        *("{{ y }}", without),
        doing(lambda app: app.jinja_env.globals.update(y="now")),
    ),
    "all globals": ("{{ y }}", without, setting(globals={"y": "now"})),
    "the environment": (
        *(BLOCK, without),
        doing(
            lambda app: setattr(
                app, "jinja_env", app.jinja_env.overlay(trim_blocks=True)
            )
        ),
    ),
    "the environment that it is a copy of": (
        *("{{ y }}", without),
        doing(copied_environment),
    ),
    "the environment, for another's": (
        *("{{ x }}", without),
        doing(lambda app: setattr(app, "jinja_env", General(finalize=shout))),
    ),
    "the environment, for a sandbox": (
        *("{{ x.__class__ }}", without),
        doing(lambda app: setattr(app, "jinja_env", SandboxedEnvironment())),
    ),
    "how it is loaded": (
        *("{% include 'y' %}", without),
        setting(loader=DictLoader({"y": "loaded"})),
    ),
    "whether it is asynchronous": ("{{ x }}", without, setting(is_async=True)),
    "the template's class": ("{{ x }}", without, setting(template_class=Foreign)),
    "a step of this environment": (
        *("{{ x }}", without),
        setting(preprocess=lambda source, *names: f"{source} own"),
    ),
    "a step of this environment that counts": ("{{ x }}", with_preprocess, nothing),
    "a class of templates that counts": ("{{ x }}", with_templates, nothing),
    "a step of its class": (
        *("{{ x }}", without),
        patching(
            Environment, "preprocess", lambda self, source, *names: f"{source} own"
        ),
    ),
    "a step of Jinja's": (
        *("{{ x }}", without),
        patching(General, "preprocess", lambda self, source, *names: f"{source} own"),
    ),
    "how Jinja renders": (
        *("{{ x }}", without),
        patching(jinja2.Template, "render", lambda self, context: "own"),
    ),
    "how Jinja makes contexts": (
        *("{{ x }}{{ y }}", without),
        patching(
            jinja2.Template,
            "new_context",
            lambda self, *args: jinja2.runtime.new_context(
                self.environment, self.name, self.blocks, {"y": "own"}
            ),
        ),
    ),
}


#: Changes that are to make no difference.
UNSEEN = {"whether it is asynchronous", "the environment that it is a copy of"}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_meanwhile_counts(name, monkeypatch):
    source, prepare, change = CHANGES[name]

    def outcomes(environment_class):
        app = Flask("test_app")
        app.jinja_environment = type("Own", (environment_class,), {})
        prepare(app)
        with monkeypatch.context() as patches, app.test_request_context():
            before = [outcome(source), outcome(source)]
            change(app, patches)
            return [*before, outcome(source), outcome(source)]

    assert outcomes(Environment) == outcomes(Compiling)


def outcome(source):
    try:
        return render_template_string(source, x="<x>")
    except Exception as error:
        return type(error), str(error)


SEEN = [
    each for each in CHANGES if CHANGES[each][2] is not nothing and each not in UNSEEN
]


@pytest.mark.parametrize("name", SEEN)
def test_each_of_these_changes_can_be_seen(name, monkeypatch):
    source, prepare, change = CHANGES[name]
    app = Flask("test_app")
    app.jinja_environment = Compiling
    prepare(app)
    with app.test_request_context():
        before = outcome(source)
        change(app, monkeypatch)
        assert outcome(source) != before


def test_cells_change_filters_as_everything_else(app, cells):
    cells.run("app.add_template_filter(str.upper, 'f')", id="a")
    app.add_url_rule("/", "index", lambda: str(outcome("{{ x|f }}")))
    client = app.test_client()
    assert [client.get("/").text for _ in range(2)] == ["&lt;X&gt;"] * 2
    cells.run("app.add_template_filter(lambda value: value * 2, 'f')", id="a")
    assert client.get("/").text == "&lt;x&gt;" * 2
    cells.run("app.add_template_filter(str.upper, 'g')", id="a")
    assert "TemplateAssertionError" in client.get("/").text


def test_an_environment_of_anothers_may_be_changed_where_it_came_from(app):
    environment = General()
    filters, app.jinja_env = environment.filters, environment
    with app.app_context():
        assert render_template_string("{{ 'x'|upper }}") == "X"
        filters["upper"] = shout
        assert render_template_string("{{ 'x'|upper }}") == "x!"


# Sources that are no plain strings


def test_a_source_may_be_of_a_class_of_its_own(app):
    class Own(str):
        __slots__ = ()

        def __str__(self):
            return "own {{ x }}"

    tree = nodes.Template([nodes.Output([nodes.TemplateData("tree")])], lineno=1)
    with app.app_context():
        texts = [
            render_template_string(each, x=1)
            for each in ("{{ x }}", Own("{{ x }}"), Markup("{{ x }}"), tree)
        ]
    assert texts == ["1", "own 1", "1", "tree"]


# Those who listen are given templates of their own


def test_who_listens_is_given_a_template_for_each_rendering(app):
    given = []

    def keep(sender, template, context):
        given.append(template)
        template.globals["y"] = len(given)

    with app.app_context():
        before = render_template_string("{{ y }}")
        with before_render_template.connected_to(keep, app):
            told = [render_template_string("{{ y }}") for _ in range(2)]
        assert [before, *told, render_template_string("{{ y }}")] == ["", "1", "2", ""]
    assert given[0] is not given[1]
    assert all(repr(each).startswith("<Template memory:") for each in given)


def test_what_was_rendered_is_told_with_its_template(app):
    heard = []

    def hear(sender, template, context):
        heard.append((template.render(name="again"), context["name"]))

    with app.app_context(), template_rendered.connected_to(hear, app):
        for each in "ab":
            render_template_string(GREETING, name=each)
    assert heard == [("Hello, again!", "a"), ("Hello, again!", "b")]


# What goes wrong


def test_a_mistake_is_told_each_time_with_its_line(app):
    with app.app_context():
        for _ in range(2):
            with pytest.raises(jinja2.TemplateSyntaxError) as raised:
                render_template_string("\n{{ x }}\n{% bad %}")
            assert raised.value.lineno == 3
            assert raised.value.source == "\n{{ x }}\n{% bad %}"


def test_a_failure_shows_the_templates_line_each_time(app):
    with app.app_context():
        for _ in range(3):
            with pytest.raises(ZeroDivisionError) as raised:
                render_template_string("\n\n{{ 1 / x }}", x=0)
            frames = traceback.extract_tb(raised.value.__traceback__)
            assert (frames[-1].filename, frames[-1].lineno) == ("<template>", 3)


def test_one_string_is_rendered_in_many_threads_at_once(app):
    source, ready = "{% for n in numbers %}{{ n }},{% endfor %}", Barrier(8)
    texts = {}

    def render(thread):
        ready.wait()
        with app.app_context():
            texts[thread] = {
                render_template_string(source, numbers=[thread] * 5) for _ in range(50)
            }

    threads = [Thread(target=render, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert texts == {number: {f"{number}," * 5} for number in range(8)}
