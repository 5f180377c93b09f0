"""%%template and %%static: a cell becomes a template, or a static file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ...ctx import _cv_app
from ...errors import SetupFinished
from ...grammar.errors import LineError
from ...grammar.options import HELP, Option, parse
from ...grammar.words import cut
from ...ipynb.body import CELL, CellSyntaxError
from ...registry.policies import on_behalf_of, policy
from ...templating import render_template
from ..display import rendered
from ..failures.frames import calling_scope
from ..failures.last import shown_alone
from ..session import Notebook
from .changes import settle, show_changes, too_late

if TYPE_CHECKING:
    from jinja2 import TemplateSyntaxError

TEMPLATE_OPTIONS = (
    Option("--with", "NAME=EXPR", "render it at once, with these values", many=True),
    HELP,
)

TEMPLATE_USAGE = """\
%%template NAME [--with NAME=EXPR…]
    keep the cell as a template, which render_template finds before any file

    %%template hello.html --with name="Ada" numbers="[1, 2, 3]"
    <h1>Hello {{{{ name }}}}!</h1>

EXPR is a Python expression; with blanks in it, it has to be quoted. A template can
extend, include and import others, of cells and of files.

Options:
{options}

In Python: app.add_template("hello.html", "<h1>Hello …")"""

STATIC_USAGE = """\
%%static PATH
    keep the cell as a static file, which is served before any file of the folder

    %%static css/app.css
    h1 { color: teal }

url_for("static", filename="css/app.css") gives its URL. The content type follows
from the path's ending.

Options:
  --help  show this help

In Python: app.add_static_file("css/app.css", "h1 { …")"""

HOW_TO_WRITE = ': write a Python expression, --with n=2 name="Ada" numbers="[1, 2]"'

#: What is missing now may come with a later cell.
MISSING = re.compile(r"No (?:filter|test) named ")


def template(notebook: Notebook, line: str, cell: str | None = None) -> None:
    """Give the app the cell as a template; with values, show what it renders to."""
    __tracebackhide__ = True
    if cell is None:
        raise LineError("A template needs a cell: write %%template NAME and it below")
    line, without_values = take_bare_with(line)
    arguments = parse(line, TEMPLATE_OPTIONS)
    name = only(arguments.items, "template", "hello.html")
    words = arguments.options["with"]
    values = read_values(words, line, calling_scope(notebook.shell))
    app = notebook.app
    before = app.registry.records
    keep_template(app, name, cell)
    wanted = bool(words) or without_values
    text = render_now(notebook, app, name, values) if wanted else None
    show_changes(notebook, app.registry, before)
    if text is not None:
        notebook.show(rendered.card(name, text))


def static(notebook: Notebook, line: str, cell: str | None = None) -> None:
    """Give the app the cell as a static file."""
    if cell is None:
        raise LineError("A static file needs a cell: write %%static PATH and it below")
    path, app = only(parse(line, (HELP,)).items, "static", "app.css"), notebook.app
    prefix = f"{app.static_url_path}/"
    if path.startswith(prefix):
        inside = path.removeprefix(prefix) or "app.css"
        raise LineError(f"All is served below {prefix}: write %%static {inside}")
    before = app.registry.records
    file_for_cell(lambda: app.add_static_file(path, cell))
    show_changes(notebook, app.registry, before)


def take_bare_with(line: str) -> tuple[str, bool]:
    """Return a line without a `--with` at its end, and whether there was one: some
    templates need no values."""
    bare = line.split()[-1:] == ["--with"]
    return line.rstrip().removesuffix("--with") if bare else line, bare


def only(items: Sequence[str], magic: str, example: str) -> str:
    """Return the one name that a line has to give."""
    if len(items) != 1:
        what = "The name is missing" if not items else f"{items[1]!r} is one too many"
        raise LineError(f"{what}: write %%{magic} {example}, and quote a blank in it")
    return items[0]


def file_for_cell(add: Callable[[], None]) -> None:
    """File something on behalf of the running cell. Raises LineError."""
    try:
        with on_behalf_of(policy().running()):
            add()
    except SetupFinished:
        raise too_late() from None
    except ValueError as error:
        raise LineError(str(error)) from None
    settle()


def keep_template(app: Any, name: str, source: str) -> None:
    """Give the app a template whose first line is the cell's second.

    Raises CellSyntaxError, and then nothing has changed.
    """
    __tracebackhide__ = True
    from jinja2 import TemplateAssertionError, TemplateSyntaxError

    try:
        app.jinja_env.compile(source, name)
    except TemplateSyntaxError as error:
        later = isinstance(error, TemplateAssertionError)
        if not (later and MISSING.match(error.message or "")):
            raise at_cell_line(error, source) from None
        print(f"{error.message} Line {error.lineno + 1} needs it.")
    file_for_cell(lambda: app.add_template(name, source, line=2))


def at_cell_line(error: TemplateSyntaxError, source: str) -> CellSyntaxError:
    """Return a template's syntax error as one of the cell."""
    lines = source.splitlines()
    text = lines[error.lineno - 1] if 0 < error.lineno <= len(lines) else ""
    place = (CELL, error.lineno + 1, None, text)
    return CellSyntaxError(SyntaxError(error.message or "", place))


def read_values(
    words: Sequence[str], line: str, evaluate: Callable[[str], object]
) -> dict[str, Any]:
    """Return `--with n=1+1 name="Ada"` as {"n": 2, "name": "Ada"}."""
    typed = dict(cut(line))
    found = {}
    for word in words:
        name, equals, expression = word.partition("=")
        if not equals or not name.isidentifier() or not expression:
            raise LineError(
                f"--with {word}: write NAME=EXPR, and quote an expression with blanks,"
                ' --with numbers="[1, 2]"'
            )
        as_typed = typed.get(word, word).partition("=")[2]
        found[name] = value_of(name, expression, as_typed, evaluate)
    return found


def value_of(
    name: str, expression: str, as_typed: str, evaluate: Callable[[str], object]
) -> object:
    """Return a value, by its text without the quotes of the line and as it was typed.

    Quotes around all of it are the line's, if that means anything, and quotes within
    it are Python's.
    """
    readings = [as_typed.strip(), expression.strip()]
    if is_quoted(as_typed):
        readings.reverse()
    failures: list[tuple[bool, LineError]] = []
    for reading in readings:
        try:
            return evaluate(reading)
        except (NameError, SyntaxError) as error:
            told = cannot_be_had(name, reading, error, HOW_TO_WRITE)
            failures.append((isinstance(error, SyntaxError), told))
        except Exception as error:
            raise cannot_be_had(name, reading, error) from None
    # What is Python at least is what was meant.
    raise min(failures, key=itemgetter(0))[1]


def is_quoted(text: str) -> bool:
    return len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]


def cannot_be_had(
    name: str, expression: str, error: Exception, fix: str = ""
) -> LineError:
    reason = " ".join(str(getattr(error, "msg", None) or error).split())
    told = f"--with {name}={expression} failed, {type(error).__name__}: {reason}"
    return LineError(f"{told.rstrip('.')}{fix}")


def render_now(notebook: Notebook, app: Any, name: str, values: dict[str, Any]) -> str:
    """Render a template where `request` works. What fails there fails the cell."""
    __tracebackhide__ = True
    try:
        with context_for(app):
            return render_template(name, **values)
    except Exception as error:
        raise shown_alone(error, notebook.shell)  # noqa: B904  # the same error


def context_for(app: Any) -> AbstractContextManager[Any]:
    """Return the context that is pushed already, else one of a request for "/"."""
    context = _cv_app.get(None)
    if context is not None and context.app is app:
        return nullcontext()
    made: AbstractContextManager[Any] = app.test_request_context()
    return made
