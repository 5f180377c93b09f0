"""What goes with an exception: causes, what was handled, notes, members of a group."""

import sys
from textwrap import dedent

import pytest

from nbflask.notebook.display.response import failure_text
from nbflask.notebook.display.view import Limits
from nbflask.notebook.failures.chains import account_of, failure_of

VIEW = "@app.get('/boom')\ndef boom():\n"
#: Views that fail, what their cards say in this order, and what they do not say.
CHAINS = {
    "a cause": (
        """\
        try:
            {}["id"]
        except KeyError as error:
            raise ValueError("bad row") from error
        """,
        ["line 6, in boom", "ValueError: bad row", "%debug opens", "Caused by KeyError",
         "  cell [2], line 4, in boom", '  →   4          {}["id"]'],
        [],
    ),
    "what was being handled": (
        """\
        try:
            {}["id"]
        except KeyError:
            1 / 0
        """,
        ["ZeroDivisionError: division", "While handling KeyError: 'id'", "line 4, in"],
        [],
    ),
    "several": (
        """\
        try:
            try:
                {}["id"]
            except KeyError as error:
                raise ValueError("bad row") from error
        except ValueError:
            1 / 0
        """,
        ["ZeroDivisionError", "While handling ValueError: bad row", "Caused by Key"],
        [],
    ),
    "from None": (
        """\
        try:
            {}["id"]
        except KeyError:
            raise ValueError("bad row") from None
        """,
        ["ValueError: bad row"],
        ["While handling", "Caused by"],
    ),
    "a cause in a library that says more": (
        """\
        import json
        raise ValueError("bad row") from json.JSONDecodeError("no value", "", 0)
        """,
        ["ValueError: bad row", "Caused by JSONDecodeError: no value: line 1"],
        [],
    ),
    "a cause in a library that is told already": (
        """\
        raise ValueError("bad row: no id") from LookupError("no id")
        """,
        ["ValueError: bad row: no id"],
        ["Caused by"],
    ),
    "what a library handled": (
        """\
        from urllib.request import urlopen
        urlopen("http://127.0.0.1:1/")
        """,
        ["URLError"],
        ["While handling", "ConnectionRefusedError: "],
    ),
    "pandas": (
        """\
        import pandas
        pandas.DataFrame({"a": [1]})["b"]
        """,
        ["line 4, in boom", "KeyError: 'b'"],
        ["Caused by"],
    ),
    "a function that pandas calls": (
        """\
        import pandas
        def half(number): return number / 0
        pandas.Series(["a"]).apply(half)
        """,
        ["line 4, in half", "TypeError"],
        [".pyx"],
    ),
    "a function that a template calls": (
        """\
        def half(number):
            try:
                return number / 0
            except ZeroDivisionError as error:
                raise ValueError("no half") from error
        return render_template_string("{{ half(1) }}", half=half)
        """,
        ["the template string, line 1", "ValueError: no half",
         "Caused by ZeroDivisionError", "line 5, in half"],
        [],
    ),
    "notes": (
        """\
        error = ValueError("bad row")
        error.__notes__ = ["in row 3", "of <b>readings.csv</b>"]
        raise error
        """,
        ["ValueError: bad row", "  in row 3", "  of <b>readings.csv</b>", "%debug"],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHAINS)
def test_a_card_tells_what_goes_with_an_exception(notebook, case):
    view, said, unsaid = CHAINS[case]
    notebook.do(VIEW + indented(view))
    ran = notebook.do("%get /boom")
    shown_in_order(ran.text, said)
    for unknown in (*unsaid, "nbflask/", "site-packages", "lib/python"):
        assert unknown not in ran.text
        assert unknown not in ran.html


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("a cause", ["KeyError: 'id'", "The above exception was the direct cause of",
                     "ValueError: bad row"]),
        ("what was being handled", ["KeyError: 'id'", "During handling of the above",
                                    "ZeroDivisionError: division"]),
        ("several", ["KeyError: 'id'", "The above exception", "ValueError: bad row",
                     "During handling", "ZeroDivisionError: division"]),
        ("a cause in a library that says more", ["JSONDecodeError: no value",
                                                 "ValueError: bad row"]),
        ("pandas", ["in boom()", "KeyError: 'b'"]),
        ("what a library handled", ["in boom()", "URLError"]),
        ("notes", ["ValueError: bad row", "in row 3"]),
    ],
)  # fmt: skip
def test_what_is_let_through_is_told_in_pythons_order_by_own_frames(
    notebook, case, said
):
    view, _, unsaid = CHAINS[case]
    notebook.do(VIEW + indented(view))
    ran = notebook.run("%get /boom --raise")
    assert not ran.ok
    shown_in_order(ran.text, said)
    for unknown in (*unsaid, "File ", "nbflask/", "site-packages"):
        assert unknown not in ran.text
    assert ran.text.count("----\n") == 1


def indented(view):
    return "".join(f"    {line}\n" for line in dedent(view).splitlines())


def shown_in_order(text, parts):
    at = 0
    for part in parts:
        assert part in text[at:], text
        at = text.index(part, at) + len(part)


# Groups: Python's own from 3.11 on, before that whatever goes by the name

GROUP = """\
Group = getattr(__import__("builtins"), "ExceptionGroup", None)
if Group is None:
    class BaseExceptionGroup(BaseException):
        def __init__(self, message, exceptions):
            super().__init__(message)
            self.exceptions = exceptions
    class ExceptionGroup(BaseExceptionGroup, Exception):
        pass
    Group = ExceptionGroup
def failures(texts):
    for text in texts:
        try:
            int(text)
        except ValueError as error:
            error.__notes__ = ["read from " + text]
            yield error
"""


@pytest.fixture
def group(notebook):
    """A notebook in which two rows fail, one of them in a group of its own."""
    notebook.do(GROUP)
    notebook.do(
        "@app.get('/boom')\ndef boom():\n"
        "    rows = Group('rows', [*failures('a')])\n"
        "    raise Group('all', [*failures('b'), rows])"
    )
    return notebook


def test_a_card_tells_the_members_of_a_group(group):
    ran = group.do("%get /boom")
    parts = [
        "cell [3], line 4, in boom", "ExceptionGroup: all", "%debug opens",
        "Exception 1 of 2: ValueError: invalid literal", "  read from b",
        "  cell [2], line 13, in failures",
        "Exception 2 of 2: ExceptionGroup: rows",
        "  Exception 1 of 1: ValueError", "    read from a",
    ]  # fmt: skip
    shown_in_order(ran.text, parts)
    assert ran.html.count('nf-further"') == 3


def test_a_group_is_let_through_with_its_members_by_own_frames(group):
    ran = group.run("%get /boom --raise")
    assert type(ran.error).__name__ == "ExceptionGroup"
    parts = [
        "Cell In[3], line 4, in boom()", "ExceptionGroup: all", "Exception 1 of 2:",
        "  Cell In[2], line 13, in failures", "  read from b",
        "Exception 2 of 2:", "  ExceptionGroup: rows", "  Exception 1 of 1:",
        "    read from a",
    ]  # fmt: skip
    shown_in_order(ran.text, parts)
    assert "File " not in ran.text
    assert sys.last_value is ran.error
    assert group.run("%tb").text == ran.text


def test_what_came_up_while_a_group_was_handled_is_let_through_by_own_frames(group):
    group.do("@app.errorhandler(Group)\ndef sum_up(error): return 1 / 0")
    ran = group.run("%get /boom --raise")
    shown_in_order(
        ran.text, ["ExceptionGroup: all", "1 of 2", "During handling", "in sum_up"]
    )
    assert "File " not in ran.text


def test_what_a_group_holds_is_told_with_the_group_alone(group):
    group.do(
        "@app.get('/boom')\ndef boom():\n"
        "    try: 1 / 0\n    except ZeroDivisionError as error:\n"
        "        try: raise Group('all', [error])\n"
        "        except Group as all: raise ValueError('no') from all"
    )
    for how in ("%get /boom", "%get /boom --raise"):
        text = group.run(how).text
        shown_in_order(text, ["ExceptionGroup: all", "Exception 1 of 1:"])
        assert text.count("ZeroDivisionError: division") == 1


# What somebody made of an exception


class Unspeakable:
    def __str__(self):
        raise RuntimeError


class Guarded(Exception):
    """Refuses every attribute, as a frozen dataclass does."""

    def __setattr__(self, name, value):
        raise AttributeError(name)


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        (None, ()),
        ([], ()),
        ("one text", ("one text",)),
        (7, ("7",)),
        ([1, "two", ""], ("1", "two", "")),
        ([Unspeakable()], ("(a note that cannot be read)",)),
        (Unspeakable(), ("(a note that cannot be read)",)),
    ],
)
def test_notes_of_any_kind_cost_no_card_and_no_traceback(notebook, notes, told):
    error = ValueError("bad row")
    error.__notes__ = notes
    assert failure_of(error, notebook.shell).notes == told
    notebook.names["error"] = error
    notebook.do("@app.get('/boom')\ndef boom(): raise error")
    shown_in_order(notebook.do("%get /boom").text, ["ValueError: bad row", *told])
    ran = notebook.run("%get /boom --raise")
    shown_in_order(ran.text, ["in boom()", "ValueError: bad row", *told])
    assert "Unexpected" not in ran.text
    assert error.__notes__ is notes


def test_a_traceback_leaves_an_exception_as_it_was(notebook):
    notebook.names["Guarded"] = Guarded
    notebook.do(
        "@app.get('/boom')\ndef boom():\n"
        "    try: 1 / 0\n    except ZeroDivisionError as e: raise Guarded('x') from e"
    )
    error = notebook.run("%get /boom --raise").error
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert error.__context__ is error.__cause__
    assert error.__suppress_context__
    assert not hasattr(error, "__notes__")


def failing(count):
    """Return an exception with so many causes before it."""
    error = ValueError("0")
    for number in range(1, count + 1):
        later = ValueError(f"{number}.")
        later.__cause__ = error
        error = later
    return error


def test_a_chain_is_told_up_to_a_limit(shell):
    text = failure_text(failure_of(failing(10_000), shell))
    assert text.splitlines() == [
        "ValueError: 10000.",
        *(f"Caused by ValueError: {n}." for n in range(9_999, 9_994, -1)),
        "… 9,995 more before that",
    ]


@pytest.mark.parametrize("kind", ["__cause__", "__context__"])
def test_a_chain_that_leads_back_ends(notebook, kind):
    notebook.names["kind"] = kind
    notebook.do(
        "def fails(message):\n"
        "    try: raise ValueError(message)\n"
        "    except ValueError as error: return error\n"
        "@app.get('/boom')\ndef boom():\n"
        "    first, second = fails('first'), fails('second')\n"
        "    setattr(first, kind, second), setattr(second, kind, first)\n"
        "    raise first"
    )
    for how in ("%get /boom", "%get /boom --raise"):
        text = notebook.run(how).text
        assert text.count("ValueError: first") == 1
        assert text.count("ValueError: second") == 1


class BaseExceptionGroup(Exception):
    """A group, as far as its name and its exceptions tell."""

    def __init__(self, *exceptions):
        super().__init__(f"{len(exceptions)} rows")
        self.exceptions = exceptions


def nested(depth, width):
    members = [nested(depth - 1, width) if depth else failing(9) for _ in range(width)]
    return BaseExceptionGroup(*members)


def count_of(account):
    return 1 + sum(map(count_of, (*account.members, *account.earlier)))


@pytest.mark.parametrize(("depth", "width"), [(0, 5_000), (4, 6), (60, 1), (2, 20)])
def test_a_group_is_told_up_to_a_limit(shell, depth, width):
    error = nested(depth, width)
    for n, member in enumerate(error.exceptions):
        member.__context__ = error if n % 2 else error.exceptions[0]
    account = account_of(error, shell, Limits(failures=16))
    assert 1 < count_of(account) <= 17
    text = failure_text(failure_of(error, shell))
    assert f"Exception 1 of {width:,}: " in text
    assert len(text.splitlines()) < 60


@pytest.mark.parametrize(
    ("exceptions", "told"),
    [(None, 0), (3, 0), ([], 0), (["text"], 0), ([ValueError("in it"), 1], 1)],
)
def test_a_group_holds_exceptions_alone(shell, exceptions, told):
    error = BaseExceptionGroup()
    error.exceptions = exceptions
    assert len(failure_of(error, shell).members) == told


# What a response that came to nothing hides


def test_a_failing_teardown_tells_what_failed_before_it(notebook):
    notebook.do("@app.teardown_request\ndef close(error): {}['file']")
    notebook.do("%%route /boom\n1 / 0")
    parts = ["KeyError: 'file'", "While handling ZeroDivisionError", "cell [3], line 2"]
    shown_in_order(notebook.do("%get /boom").text, parts)


def test_another_way_to_show_tracebacks_is_kept_and_comes_back(bare):
    shown = []

    def show(*arguments, **options):
        shown.append(sys.exc_info()[0])

    bare.shell.showtraceback = show
    bare.do("%load_ext nbflask")
    bare.do("%%route /boom\n1 / 0")
    assert "in boom()" in bare.run("%get /boom --raise").text
    bare.run("{}['mine']")
    assert shown == [KeyError]
    bare.do("%unload_ext nbflask")
    assert bare.shell.showtraceback is show
