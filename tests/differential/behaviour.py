"""What views, hooks and handlers do when they are called, said in JSON.

An act is null (do nothing) or a list: its name, then its words. Runs in the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import flask
from sight import Sight
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as PlainResponse


class Teapot(HTTPException):
    """An HTTP error of the program's own."""

    code = 418
    description = "short and stout"


class LookupMiss(KeyError):
    """An error of the program's own, with a builtin base."""


ERRORS: dict[str, Callable[[], BaseException]] = {
    "ValueError": lambda: ValueError("bad value"),
    "KeyError": lambda: KeyError("key"),
    "ZeroDivisionError": lambda: ZeroDivisionError("division"),
    "LookupMiss": lambda: LookupMiss("missed"),
    "Teapot": Teapot,
    "BaseHTTP": lambda: HTTPException("no code"),
    "WithResponse": lambda: HTTPException(response=flask.Response("own", 409)),
}


def do_return(stage: Any, value: Any) -> Any:
    return made(value)


def do_raise(stage: Any, name: str) -> Any:
    raise ERRORS[name]()


def do_abort(stage: Any, code: Any, *words: Any) -> Any:
    flask.abort(made(code) if isinstance(code, list) else code, *words)


def do_key(stage: Any, name: str) -> Any:
    return flask.request.form[name]


def do_read(stage: Any, *names: str) -> Any:
    return [str(READERS[name](flask.request)) for name in names]


def do_file(stage: Any, path: str, how: dict[str, Any]) -> Any:
    return flask.send_file(path, **how)


def do_from(stage: Any, folder: str, path: str, how: dict[str, Any]) -> Any:
    return flask.send_from_directory(folder, path, **how)


def do_set(stage: Any, values: dict[str, Any]) -> Any:
    flask.session.update(values)
    return "set"


def do_delete(stage: Any, name: str) -> Any:
    return {"gone": flask.session.pop(name, None)}


def do_permanent(stage: Any, value: bool) -> Any:
    flask.session.permanent = value
    return "permanent"


def do_clear(stage: Any) -> Any:
    flask.session.clear()
    return "cleared"


def do_show(stage: Any) -> Any:
    return dict(flask.session)


def do_flash(stage: Any, *messages: list[str]) -> Any:
    for words in messages:
        flask.flash(*words)
    return "flashed"


def do_flashed(stage: Any, *args: Any) -> Any:
    return list(flask.get_flashed_messages(*args))


def do_url(stage: Any, endpoint: str, values: dict[str, Any]) -> Any:
    return flask.url_for(endpoint, **values)


def do_template(stage: Any, source: str) -> Any:
    return flask.render_template_string(source)


def do_after(stage: Any, label: str) -> Any:
    def after(response: Any) -> Any:
        stage.see("called", label)
        return response

    flask.after_this_request(after)


def do_header(stage: Any, response: Any, name: str, value: str) -> Any:
    response.headers[name] = value
    return response


def do_names(stage: Any, names: dict[str, Any]) -> Any:
    return names


def do_fill(stage: Any, values: dict[str, Any]) -> Any:
    stage.values.update(values)


def do_pop(stage: Any, name: str) -> Any:
    if stage.values is not None:
        stage.values.pop(name, None)


def do_describe(stage: Any) -> Any:
    request = flask.request
    return {
        "endpoint": request.endpoint,
        "blueprint": request.blueprint,
        "blueprints": request.blueprints,
        "rule": str(request.url_rule),
        "values": stage.kwargs,
        "url": request.url,
    }


READERS: dict[str, Callable[[Any], Any]] = {
    "form": lambda request: request.form,
    "files": lambda request: list(request.files),
    "values": lambda request: request.values,
    "json": lambda request: request.json,
    "silent": lambda request: request.get_json(silent=True),
    "data": lambda request: request.get_data(),
    "key": lambda request: request.form["a"],
    "file": lambda request: request.files["a"].filename,
    "stream": lambda request: request.stream.read(),
}


class Behaviour:
    """A function of the program: tells that it is called, then acts."""

    def __init__(self, see: Sight, label: str, acts: Any, *, passes: bool) -> None:
        self.see, self.label, self.acts, self.passes = see, label, acts, passes
        self.values: Any = None
        self.kwargs: dict[str, Any] = {}

    def as_function(self) -> Callable[..., Any]:
        def function(*args: Any, **kwargs: Any) -> Any:
            return self(*args, **kwargs)

        function.__name__ = self.label
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        told = ["response" if isinstance(a, PlainResponse) else a for a in args]
        self.see("called", self.label, *told, kwargs)
        self.kwargs = kwargs
        self.values = args[1] if len(args) > 1 else None
        if self.acts is None:
            return args[0] if self.passes else None
        name, *words = self.acts
        act = globals()[f"do_{name}"]
        if name == "header":
            words = [args[0], *words]
        result = act(self, *words)
        return args[0] if self.passes and name != "return" else result


def made(value: Any) -> Any:
    """Return what a view returns, from its description: a kind and its parts."""
    kind, *parts = value
    return MAKERS[kind](*parts)


def wsgi(text: str) -> Callable[..., Any]:
    def application(environ: Any, start_response: Any) -> Any:
        start_response("203 From WSGI", [("Content-Type", "text/plain")])
        return [text.encode()]

    return application


def generator(*parts: Any) -> Iterator[Any]:
    yield from map(made, parts)


class Unknown:
    """Nothing that a view may return."""

    def __repr__(self) -> str:
        return "<unknown>"


MAKERS: dict[str, Callable[..., Any]] = {
    "plain": lambda value: value,
    "bytes": lambda text: text.encode("latin1"),
    "bytearray": lambda text: bytearray(text.encode("latin1")),
    "list": lambda *parts: [made(part) for part in parts],
    "tuple": lambda *parts: tuple(made(part) for part in parts),
    "dict": lambda pairs: dict(pairs),
    "headers": lambda pairs: Headers([tuple(pair) for pair in pairs]),
    "pairs": lambda pairs: [tuple(pair) for pair in pairs],
    "generator": generator,
    "wsgi": wsgi,
    "unknown": Unknown,
    "set": lambda *parts: set(parts),
    "response": lambda text, status: flask.Response(text, status),
    "werkzeug": lambda text, status: PlainResponse(text, status),
    "made": lambda *parts: flask.make_response(*map(made, parts)),
    "redirect": lambda where, code: flask.redirect(where, code),
    "json": lambda value: flask.jsonify(value),
    "error": lambda name: ERRORS[name](),
}
