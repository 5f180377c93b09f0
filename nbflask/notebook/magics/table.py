"""Every magic: its name, where it may stand, what it does, its help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from ...grammar.errors import LineError
from ...grammar.methods import METHODS
from ...grammar.options import BODY_OPTIONS, describe
from ...grammar.rules import ROUTE_OPTIONS
from ...grammar.words import split
from ..session import Notebook
from . import contexts, files, flask, http, look, requests, route, serve


@dataclass(frozen=True, slots=True)
class Magic:
    """A magic. It stands on a line, and above a cell too if it is of `kind`
    "line_cell"; one that only makes sense there can still be asked for help.

    With `takes_path` its line ends with words of a request, question marks included.
    """

    name: str
    kind: str
    act: Callable[..., Any]
    usage: str
    takes_path: bool = False


def request_magic(method: str) -> Magic:
    name = method.lower()
    usage = requests.USAGE.format(
        name=name,
        method=method,
        example=requests.EXAMPLES[method],
        options=describe(BODY_OPTIONS),
    )
    return Magic(name, "line_cell", partial(send, method), usage, takes_path=True)


def send(method: str, notebook: Notebook, line: str, cell: str | None = None) -> Any:
    __tracebackhide__ = True
    return requests.send(notebook, method, line, cell)


def usage(text: str, options: Any) -> str:
    return text.format(options=describe(options))


MAGICS = (
    Magic("route", "line_cell", route.route, usage(route.USAGE, ROUTE_OPTIONS)),
    Magic(
        "template",
        "line_cell",
        files.template,
        usage(files.TEMPLATE_USAGE, files.TEMPLATE_OPTIONS),
    ),
    Magic("static", "line_cell", files.static, files.STATIC_USAGE),
    *map(request_magic, METHODS),
    Magic("http", "line_cell", http.http, usage(http.USAGE, http.HTTP_OPTIONS)),
    Magic("ctx", "line_cell", contexts.ctx, contexts.USAGE, takes_path=True),
    Magic("flask", "line", flask.flask, flask.USAGE),
    Magic(
        "replay",
        "line",
        serve.replay,
        usage(serve.REPLAY_USAGE, serve.REPLAY_OPTIONS),
    ),
    Magic(
        "why",
        "line",
        look.why,
        usage(look.WHY_USAGE, look.WHY_OPTIONS),
        takes_path=True,
    ),
    Magic(
        "trace",
        "line_cell",
        look.trace,
        usage(look.TRACE_USAGE, look.TRACE_BODY_OPTIONS),
        takes_path=True,
    ),
)


def bound(magic: Magic, notebook: Notebook) -> Callable[..., Any]:
    """Return a magic of one notebook. It answers --help, and says in one line what
    is wrong with a line."""

    def run(line: str, *cell: str) -> Any:
        __tracebackhide__ = True
        if asks_for_help(line):
            print(magic.usage)
            return None
        try:
            return magic.act(notebook, line, *cell)
        except LineError as error:
            raise UsageError(str(error)) from None

    run.__doc__ = magic.usage
    return no_var_expand(run)


def asks_for_help(line: str) -> bool:
    try:
        words = split(line)
    except LineError:
        words = line.split()
    until = words.index("--") if "--" in words else len(words)
    return not {"--help", "-h"}.isdisjoint(words[:until])
