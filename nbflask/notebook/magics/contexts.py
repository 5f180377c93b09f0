"""%ctx: contexts that stay from cell to cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from ...ctx import AppContext, RequestContext
from ...grammar.errors import LineError
from ...grammar.methods import KNOWN_METHODS, prepare_any
from ...grammar.options import HELP, Option, parse
from ..cells.contexts import Context, Popped
from ..display import contexts as contexts_display
from ..display import routes as routes_display
from ..display.routes import Change
from ..failures.frames import calling_scope
from ..requests.look import context_view, matched, named
from ..session import Notebook

PUSH_OPTIONS = (
    Option("--form", help="send fields as a form, not as JSON"),
    Option("--client", "NAME", "with the cookies of the client of this name"),
    HELP,
)
POP_OPTIONS = (Option("--all", help="pop everything"), HELP)

USAGE = """\
%ctx                            the contexts that are pushed
%ctx push [METHOD] PATH [ITEM…] make request, session, g, current_app and url_for
                                work in every following cell
%ctx app                        make current_app and g work there
%ctx pop [--all]                end the last of them, or all, with its teardown
%%ctx [METHOD] PATH [ITEM…]     make them work in this cell alone
%%ctx app                       make current_app and g work there

Items are those of %get: key=value, key:=json, key==query, Header:value, …
The request is not sent: no hook and no view runs.

Examples:
    %ctx push /search?q=flask
    %ctx push POST /users name=Ada age:=36
    %ctx pop"""


#: What the line begins with where it stands above a cell that IPython runs as any
#: other: in tracebacks it reads as it was typed.
ABOVE_A_CELL = "%%ctx"
#: What a command popped, and the context that it pushed, if it is to be told.
Done = tuple[Popped, Context | None]


def ctx(notebook: Notebook, line: str, cell: str | None = None) -> None:
    """Push, pop or show contexts; with a cell, run it inside of one."""
    __tracebackhide__ = True
    if cell is not None:
        within(notebook, line)
        notebook.shell.run_cell(cell)
        return
    word, rest = first_word(line)
    if not word:
        show_stack(notebook)
    elif word == ABOVE_A_CELL:
        within(notebook, rest)
    elif word in COMMANDS:
        show(notebook, *COMMANDS[word](notebook, rest))
    else:
        raise unknown(word, line)


def show_stack(notebook: Notebook) -> None:
    stack, names = reversed(notebook.contexts.stack), notebook.shell.user_ns
    views = [context_view(each, names) for each in stack]
    notebook.show(contexts_display.stack(views))


def show(notebook: Notebook, popped: Popped, pushed: Context | None) -> None:
    """Show what went and what came; then raise what a teardown failed with."""
    __tracebackhide__ = True
    changes = [change("-", each.context) for each in popped.contexts]
    changes += [] if pushed is None else [change("+", pushed)]
    if changes:
        notebook.show(routes_display.changes(changes))
    if popped.error is not None:
        raise popped.error


def unknown(word: str, line: str) -> LineError:
    if word.startswith("/") or word.upper() in KNOWN_METHODS:
        return LineError(f"Say what to do with it: %ctx push {line.strip()}")
    near = get_close_matches(word.lower(), COMMANDS, 1)
    hint = f" Did you mean %ctx {near[0]}?" if near else ""
    return LineError(f"%ctx knows no {word!r}.{hint} See %ctx --help")


def push(notebook: Notebook, line: str) -> Done:
    context = request_context(notebook, line, "ctx push")
    return notebook.contexts.push(context, f"push {line.strip()}"), context


def push_app(notebook: Notebook, line: str) -> Done:
    context = app_context(notebook, line)
    return notebook.contexts.push(context, "app"), context


def within(notebook: Notebook, line: str) -> None:
    """Push a context that ends with its cell."""
    word, rest = first_word(line)
    if word in NEEDLESS:
        raise LineError(f"%%ctx needs no {word!r}: {NEEDLESS[word]}")
    context = (
        app_context(notebook, rest)
        if word == "app"
        else request_context(notebook, line, "%ctx")
    )
    notebook.contexts.push(context, line.strip(), brief=True)


def pop(notebook: Notebook, line: str) -> Done:
    arguments = parse(line, POP_OPTIONS)
    refuse(arguments.items, "pop")
    contexts = notebook.contexts
    if not contexts.stack:
        raise LineError("No context is pushed, so there is none to pop")
    return contexts.pop_all() if arguments.options["all"] else contexts.pop(), None


COMMANDS: dict[str, Callable[[Notebook, str], Done]] = {
    "push": push,
    "app": push_app,
    "pop": pop,
}


#: What %ctx knows, and %%ctx does by itself.
NEEDLESS = {
    "push": "write %%ctx /path",
    "pop": "what it pushes ends with the cell",
}


def refuse(words: Sequence[str], command: str) -> None:
    if words:
        raise LineError(f"%ctx {command} takes no {words[0]!r}. See %ctx --help")


def first_word(line: str) -> tuple[str, str]:
    """Return a line's first word, and the rest with the blank before it."""
    word, blank, rest = line.strip().partition(" ")
    return word, f"{blank}{rest}"


def app_context(notebook: Notebook, line: str) -> AppContext:
    refuse(parse(line, (HELP,)).items, "app")
    return notebook.app.app_context()


def request_context(notebook: Notebook, line: str, magic: str) -> RequestContext:
    """Return the context of a request that is not sent, with its client's cookies;
    `magic` is what the line stands behind, "ctx push"."""
    evaluate = calling_scope(notebook.shell)
    arguments = parse(line, PUSH_OPTIONS, evaluate=evaluate)
    form = arguments.options["form"]
    request = prepare_any(magic, arguments.items, form=form, evaluate=evaluate)
    client = notebook.client(arguments.options["client"] or "")
    return client.request_context(**request.as_client_kwargs())


def change(sign: str, context: Context) -> Change:
    return Change(sign, context.kind, named(context), matched(context))
