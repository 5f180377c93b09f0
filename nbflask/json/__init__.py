"""JSON as the current application writes it, and as the standard library does
where there is no application. What a provider does is in `provider`; the tagged
format of sessions is in `tag`, which this module must not import.
"""

from __future__ import annotations

import json as _json
import sys
import typing as t

from ..ctx import _cv_app, current_app_context
from ..wrappers import Request, Response
from .provider import _default, _dumps_with_plain_keys

__all__ = ["dump", "dumps", "jsonify", "load", "loads"]

# What they read JSON with, unless an app's own provider is put in its place.
Request.json_module = Response.json_module = sys.modules[__name__]


def dumps(obj: t.Any, **kwargs: t.Any) -> str:
    """Return obj as JSON text.

    Keywords go to app.json.dumps, or to json.dumps outside an application,
    where dates, UUIDs, decimals and dataclasses are understood as well.
    """
    provider = _provider()
    if provider is _json:
        return _dumps_bare(obj, kwargs)
    text: str = provider.dumps(obj, **kwargs)
    return text


def dump(obj: t.Any, fp: t.IO[str], **kwargs: t.Any) -> None:
    """Write obj as JSON to a text file; otherwise like dumps."""
    provider = _provider()
    if provider is _json:
        fp.write(_dumps_bare(obj, kwargs))
    else:
        provider.dump(obj, fp, **kwargs)


def loads(s: str | bytes, **kwargs: t.Any) -> t.Any:
    """Return the value of JSON text (or UTF-8 bytes).

    Keywords go to app.json.loads, or to json.loads outside an application.
    """
    return _provider().loads(s, **kwargs)


def load(fp: t.IO[t.AnyStr], **kwargs: t.Any) -> t.Any:
    """Return the value of the JSON in a text or UTF-8 file; otherwise like loads."""
    return _provider().load(fp, **kwargs)


def jsonify(*args: t.Any, **kwargs: t.Any) -> Response:
    """Return a JSON response, made by app.json.response.

    One argument is the value itself, several are a list, keywords are a dict,
    nothing is null; arguments and keywords together are a TypeError. Raises
    RuntimeError outside an application context.
    """
    response: Response = current_app_context().app.json.response(*args, **kwargs)
    return response


def _provider() -> t.Any:
    context = _cv_app.get(None)
    return _json if context is None else context.app.json


def _dumps_bare(obj: t.Any, kwargs: dict[str, t.Any]) -> str:
    """Return obj as JSON text by the standard library, told of the extra types."""
    settings = {"default": _default, **kwargs}
    try:
        return _json.dumps(obj, **settings)
    except TypeError as error:
        refused = error
    return _dumps_with_plain_keys(obj, settings, refused)
