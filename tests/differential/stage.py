"""Plays scenarios: lists of steps, each a dict with the name of what to `do`.

A step that raises is seen, and the next one is played. Whatever is called by the
framework (views, hooks, handlers) tells its label first. Runs in the worker.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import flask
from behaviour import Behaviour
from deliberate import is_left_half_done
from flask import signals
from sight import Sight, is_the_frameworks
from werkzeug.exceptions import HTTPException

#: Where hooks, handlers and names are registered for the whole app.
ON_APP = {
    "before_request": "before_app_request",
    "after_request": "after_app_request",
    "teardown_request": "teardown_app_request",
    "context_processor": "app_context_processor",
    "url_value_preprocessor": "app_url_value_preprocessor",
    "url_defaults": "app_url_defaults",
    "errorhandler": "app_errorhandler",
}
HOOKS = (
    *("before_request_funcs", "after_request_funcs", "teardown_request_funcs"),
    *("template_context_processors", "url_value_preprocessors"),
    "url_default_functions",
)
EXCEPTIONS = {
    each.__name__: each
    for each in (Exception, ValueError, LookupError, KeyError, ZeroDivisionError)
}


class Stage:
    """One app, its blueprints and its client, built step by step."""

    def __init__(self, see: Sight) -> None:
        self.see = see
        self.things: dict[str, Any] = {}
        self.client: Any = None

    def play(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            words = dict(step)
            play = getattr(self, f"do_{words.pop('do')}")
            seen_before = len(self.see.seen)
            try:
                play(**words)
            except Exception as error:
                half_done = is_left_half_done(step["do"], error)
                if half_done:
                    del self.see.seen[seen_before:]
                self.see("refused", step["do"], error)
                if half_done:
                    return
        self.look_around()

    @property
    def app(self) -> Any:
        return self.things["app"]

    def behaviour(self, label: str, acts: Any, *, passes: bool = False) -> Behaviour:
        return Behaviour(self.see, label, acts, passes=passes)

    # What is built

    def do_app(self, config: Mapping[str, Any] = {}, **options: Any) -> None:
        self.things["app"] = flask.Flask("app", **options)
        self.app.config.update(config)
        self.client = self.app.test_client()

    def do_blueprint(self, name: str, known_as: str, **options: Any) -> None:
        self.things[known_as] = flask.Blueprint(name, "app", **options)

    def do_mount(self, on: str, what: str, **options: Any) -> None:
        self.things[on].register_blueprint(self.things[what], **options)

    def do_route(
        self, on: str, rule: str, label: str, acts: Any = None, **options: Any
    ) -> None:
        view = self.behaviour(label, acts).as_function()
        self.things[on].route(rule, **options)(view)

    def do_hook(
        self,
        on: str,
        kind: str,
        label: str,
        acts: Any = None,
        everywhere: bool = False,
    ) -> None:
        name = ON_APP[kind] if everywhere and on != "app" else kind
        passes = kind == "after_request"
        hook = self.behaviour(label, acts, passes=passes).as_function()
        getattr(self.things[on], name)(hook)

    def do_handler(
        self,
        on: str,
        error: Any,
        label: str,
        acts: Any = None,
        everywhere: bool = False,
    ) -> None:
        name = "app_errorhandler" if everywhere and on != "app" else "errorhandler"
        kind = error_named(error)
        handler = self.behaviour(label, acts).as_function()
        getattr(self.things[on], name)(kind)(handler)

    def do_setup(self, on: str, label: str, once: bool = False) -> None:
        def set_up(state: Any) -> None:
            told = (state.first_registration, state.name, state.name_prefix)
            places = (state.url_prefix, state.subdomain, state.url_defaults)
            self.see("set up", label, *told, *places)

        blueprint = self.things[on]
        (blueprint.record_once if once else blueprint.record)(set_up)

    def do_listen(self) -> None:
        """See every signal that the app sends."""
        for name, signal in sorted(signals._signals.items()):
            # Kept by the signal: nothing else refers to the receiver.
            signal.connect(self._teller(name), self.app, weak=False)

    def _teller(self, name: str) -> Callable[..., None]:
        def tell(sender: Any, **what: Any) -> None:
            what.pop("_async_wrapper", None)
            seen = {key: short(value) for key, value in sorted(what.items())}
            self.see("signal", name, seen)

        return tell

    # What is done with it

    def do_request(self, path: str, method: str = "GET", **options: Any) -> None:
        self.see("answer", self.client.open(path, method=method, **options))

    def do_url_for(
        self, endpoint: str, values: Mapping[str, Any] = {}, at: str | None = None
    ) -> None:
        context = (
            self.app.app_context() if at is None else self.app.test_request_context(at)
        )
        with context:
            self.see("URL", flask.url_for(endpoint, **values))

    def do_environment(self, variables: Mapping[str, str], prefix: str) -> None:
        os.environ.update(variables)
        try:
            self.see("loaded", self.app.config.from_prefixed_env(prefix))
        finally:
            self.see("config", self.app.config)

    def do_session(self, values: Mapping[str, Any]) -> None:
        with self.client.session_transaction() as session:
            session.update(values)

    def look_around(self) -> None:
        """See what the app says of itself."""
        app = self.app
        for rule in app.url_map.iter_rules():
            facts = (rule.rule, rule.endpoint, rule.methods, rule.defaults)
            place = (rule.subdomain, rule.host, rule.provide_automatic_options)
            self.see("rule", *facts, *place)
        self.see("views", dict(app.view_functions))
        self.see("blueprints", {name: b.name for name, b in app.blueprints.items()})
        for name in HOOKS:
            self.see(name, hooks_of(getattr(app, name)))
        self.see("handlers", handlers_of(app))


def hooks_of(scopes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the program's hooks. Each blueprint of Flask also brings the context
    processor that gives templates `request` and `g`, once more."""
    own = {
        scope: [each for each in functions if not is_the_frameworks(each)]
        for scope, functions in dict(scopes).items()
    }
    return in_order({scope: each for scope, each in own.items() if each})


def in_order(scopes: dict[Any, Any]) -> dict[Any, Any]:
    """Return what scopes have, sorted: which of them came first means nothing."""
    return {scope: scopes[scope] for scope in sorted(scopes, key=str)}


def handlers_of(app: Any) -> dict[Any, Any]:
    """Return what handles errors, without the places that are only looked at."""
    found = {}
    for scope, codes in dict(app.error_handler_spec).items():
        filled = {code: in_order(dict(kinds)) for code, kinds in codes.items() if kinds}
        if filled:
            found[scope] = in_order(filled)
    return in_order(found)


def error_named(name: Any) -> Any:
    if isinstance(name, int):
        return name
    return {**EXCEPTIONS, "HTTPException": HTTPException}[name]


def short(value: Any) -> Any:
    """Return an error or a text as it is, of other things only their class."""
    plain = value is None or isinstance(value, (str, BaseException))
    return value if plain else type(value).__name__
