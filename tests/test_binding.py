"""What builds URLs is compiled when it is used, and is refused when it is registered.

Werkzeug's rule, bound to a map by itself, is the measure.
"""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import Map, Rule

from nbflask import Flask, url_for
from nbflask.registry.binding import Builder

ALL = ("_build", "_build_unknown")


def rule_of(app: Flask) -> Rule:
    *_, rule = app.url_map.iter_rules()
    return rule


def waits(app: Flask) -> bool:
    return any(isinstance(getattr(rule_of(app), name), Builder) for name in ALL)


def test_a_builder_is_compiled_when_it_is_used(app):
    app.add_url_rule("/<int:x>/<y>", "show", lambda: "")
    assert waits(app)
    with app.test_request_context():
        for _ in range(2):
            assert url_for("show", x=1, y="a b", z=2) == "/1/a%20b?z=2"
    assert rule_of(app).build({"x": 1, "y": "b"}, append_unknown=False) == ("", "/1/b")
    assert not waits(app)


def test_werkzeugs_own_names_stay_as_they_are(app):
    app.add_url_rule("/<int:x>", "show", lambda: "")
    rule, general = rule_of(app), Rule("/<int:x>", endpoint="show")
    Map([general])
    assert vars(rule).keys() - vars(general).keys() == {"provide_automatic_options"}
    rule.refresh()
    assert not waits(app)
    assert rule.empty().rule == "/<int:x>"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("/<x>/<x>", {}),
        ("/<int:x", {}),
        ("/<x>x>", {}),
        ("x", {}),
        ("", {}),
        ("/<nothing:x>", {}),
        ("/<int(,):x>", {}),
        ("/<int(nothing=1):x>", {}),
        ("/<None>", {}),
        ("/<True>/<False>", {}),
        ("/<__debug__>", {}),
        ("/\ud800", {}),
        ("/é", {}),
        ("/<class>", {}),
        ("/<int:x>", {"defaults": {"x": "text"}}),
        ("/<any(a):x>", {"defaults": {"x": "b"}}),
        ("/", {"defaults": {"x": 1, "a b": 2}}),
        ("/<x>", {"subdomain": "<x>"}),
        ("/<x>", {"subdomain": "é"}),
        ("/<x>", {"methods": "GET"}),
        ("/<x>", {"methods": ["POST"], "websocket": True}),
        ("/<x>", {"nothing": 1}),
    ],
)
def test_a_rule_is_refused_at_its_registration_as_werkzeug_refuses_it(
    app, text, options
):
    def theirs() -> None:
        Map([Rule(text, endpoint="show", **options)])

    def ours() -> None:
        app.add_url_rule(text, "show", lambda: "", **options)

    expected, refused = refusal_by(theirs), refusal_by(ours)
    assert refused[0] is expected[0]
    if options.get("methods") != "GET":  # Flask has words of its own for that
        assert refused == expected


def refusal_by(register: Any) -> tuple[type[Exception] | None, str]:
    try:
        register()
    except Exception as error:
        return type(error), str(error)
    return None, ""


class OwnBind(Rule):
    def bind(self, map: Map, rebind: bool = False) -> None:
        super().bind(map, rebind)


class OwnCompile(Rule):
    def compile(self) -> None:
        super().compile()
        self._build("1")


class OwnBuilder(Rule):
    def _compile_builder(self, append_unknown: bool = True) -> Any:
        return lambda self, **values: ("", f"/own/{values['x']}")


class OwnBuild(Rule):
    def build(self, values: Any, append_unknown: bool = True) -> Any:
        return "", f"/{self._build.__name__}"


@pytest.mark.parametrize("kind", [OwnBind, OwnCompile, OwnBuilder, OwnBuild])
def test_a_class_of_rules_with_a_way_of_its_own_goes_it_at_once(app, kind):
    app.url_rule_class = kind
    app.add_url_rule("/<x>", "show", lambda: "")
    assert not waits(app)
    general = kind("/<x>", endpoint="show")
    Map([general])
    assert rule_of(app).build({"x": 1}) == general.build({"x": 1})


def test_a_patched_compiler_is_asked_at_once(app, monkeypatch):
    monkeypatch.setattr(Rule, "_compile_builder", lambda self, unknown: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.add_url_rule("/<x>", "show", lambda: "")


def test_a_variable_may_be_called_self(app):
    app.add_url_rule("/<self>", "show", lambda self: self)
    with app.test_request_context():
        assert url_for("show", self="2", x="1") == "/2?x=1"
