"""A context that is made shortly holds what Jinja's own way puts into it."""

from __future__ import annotations

from collections import ChainMap

import jinja2
import pytest
from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context

from nbflask import Flask, g, render_template, render_template_string, stream_template
from nbflask.templating import Environment

SOURCES = {
    "page": "{{ a }} {{ b }} {{ request.path }} {{ g.x }} {{ config.TESTING }}",
    "child": "{% extends 'base' %}{% block b %}{{ a }}{{ super() }}{% endblock %}",
    "base": "<{% block b %}{{ b }}{{ url_for('static', filename='x') }}{% endblock %}>",
    "includes": (
        "{% set c = 3 %}{% include 'inner' %}{% include 'inner' without context %}"
    ),
    "inner": "[{{ a }}{{ c }}{{ own }}]",
    "imports": "{% import 'macros' as m %}{{ m.f(a) }}",
    "imports with context": "{% from 'macros' import f with context %}{{ f(a) }}",
    "macros": "{% macro f(x) %}{{ x }}{{ own }}{{ a }}{% endmacro %}",
    "loops": "{% for a in 'xy' %}{{ loop.index }}{{ a }}{{ told() }}{% endfor %}",
    "tells": "{% set c = a %}{{ told() }}",
    "shadows": "{% set url_for = 1 %}{{ url_for }}{{ range }}",
}


class JinjasOwn(Environment):
    template_class = jinja2.Template


def app_with(environment_class, **options):
    app = Flask("test_app")
    app.jinja_environment = environment_class
    app.jinja_options = {"loader": DictLoader(SOURCES), **options}

    @app.template_global()
    @pass_context
    def told(context):
        names = sorted(set(context.keys()) - set(app.jinja_env.globals))
        return names, sorted(context.globals_keys), context.name, context.get("own")

    app.jinja_env.globals["own"] = "own"
    return app


def rendered(app, name):
    with app.test_request_context("/path"):
        g.x = "x"
        texts = [render_template(name, a="<a>", b=[1]) for _ in range(2)]
        app.jinja_env.globals["own"] = "changed"
        given = {"globals": {"own": "given", "c": "also given"}}
        template = app.jinja_env.get_template(name, **given)
        return [
            *texts,
            render_template(name, a="<a>", own="named", range=1),
            "".join(stream_template(name, a="<a>")),
            str(template.make_module({"a": 1})),
            repr(template),
        ]


@pytest.mark.parametrize("name", SOURCES)
def test_a_template_is_rendered_as_jinja_renders_it(name):
    ours, theirs = (rendered(app_with(each), name) for each in (Environment, JinjasOwn))
    assert ours == theirs


@pytest.mark.parametrize("name", SOURCES)
def test_a_template_that_awaits_is_rendered_as_jinja_renders_it(name):
    def outcome(environment_class):
        app = app_with(environment_class, enable_async=True)
        with app.test_request_context("/path"):
            g.x = "x"
            return render_template(name, a="<a>", b=[1])

    assert outcome(Environment) == outcome(JinjasOwn)


def test_an_environment_may_have_contexts_of_its_own(app):
    class Guessing(Context):
        def resolve_or_missing(self, key):
            return super().resolve_or_missing(key.rstrip("_"))

    app.jinja_env.context_class = Guessing
    with app.app_context():
        assert [render_template_string("{{ a_ }}", a=1) for _ in range(2)] == ["1", "1"]


@pytest.mark.parametrize("globals", [{"own": 1}, ChainMap({"own": 1}, {"other": 2})])
def test_a_template_may_be_given_other_globals(app, globals):
    template = app.jinja_env.from_string("{{ own }} {{ a }}")
    template.globals = globals
    with app.app_context():
        assert render_template(template, a=2) == "1 2"


def test_names_that_are_no_texts_are_refused_as_jinja_refuses_them(app):
    outcomes = []
    for environment in (app.jinja_env, jinja2.Environment()):
        with pytest.raises(TypeError) as raised:
            environment.from_string("{{ a }}").render({1: 2})
        outcomes.append(str(raised.value))
    assert outcomes[0] == outcomes[1]


def test_another_way_of_making_contexts_that_is_put_into_jinja_is_taken(
    app, monkeypatch
):
    made = []
    plain = jinja2.Template.new_context

    def new_context(template, *args, **kwargs):
        made.append(template.name)
        return plain(template, *args, **kwargs)

    app.jinja_env.loader = DictLoader(SOURCES)
    with app.test_request_context():
        g.x = 1
        first = render_template("page")
        monkeypatch.setattr(jinja2.Template, "new_context", new_context)
        assert render_template("page") == first
    assert made == ["page"]


def test_a_class_of_environments_keeps_its_class_of_templates(app):
    class Own(jinja2.Template):
        def render(self, *args, **kwargs):
            return f"own {super().render(*args, **kwargs)}"

    class OwnEnvironment(jinja2.Environment):
        template_class = Own

    app.jinja_env = OwnEnvironment()
    with app.app_context():
        assert render_template_string("{{ a }}", a=1) == "own 1"


def test_processors_are_those_of_the_app_that_renders(app):
    app.context_processor(lambda: {"whose": "mine"})
    other = Flask("other_app")
    other.context_processor(lambda: {"whose": "yours"})
    with app.test_request_context():
        assert render_template_string("{{ whose }}") == "mine"
        with other.app_context():
            assert render_template_string("{{ whose }}") == "yours"
        assert render_template_string("{{ whose }}") == "mine"
