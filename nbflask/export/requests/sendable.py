"""Whether Flask can send what an expression is, as nbflask would. Told by the text
alone: in doubt it cannot.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from ...ipynb.body import SCOPES, YIELDING, walk_scope
from ...ipynb.names import root_of
from ...ipynb.needs.habits import words

#: Functions whose results Flask can send.
SENDING = words(
    """
    render_template render_template_string stream_template stream_template_string
    redirect url_for Response send_file send_from_directory abort
    stream_with_context str repr format escape Markup
    """
)
#: Methods that return text or bytes.
TEXT_METHODS = words(
    """
    to_html to_csv to_json to_string to_markdown isoformat strftime format join upper
    lower strip title capitalize replace dumps render getvalue encode decode hexdigest
    model_dump_json read_text read_bytes send_static_file
    """
)
#: Functions whose results are Python's own, whatever they are given.
PLAIN = words("str repr len int float bool ord hash id isinstance callable url_for")
#: Those of these are what they are given.
KEEPING = words("round abs min max sum sorted list dict tuple set")
#: Functions and methods that make lists and dicts.
MAKING_JSON = words("list dict sorted asdict to_dict tolist model_dump get_json")
#: Attributes of data that are Python's own.
PLAIN_ATTRIBUTES = words("size shape ndim empty __name__")
#: What these hold is Python's own.
OF_REQUESTS = words("request session")
#: What may hold something else by the time that its name is used.
CHANGEABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)
OPERATIONS = (
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.NamedExpr),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict),
)

#: What names are assigned; None is what the text does not tell.
Variables: TypeAlias = Mapping[str, tuple[ast.expr | None, ...]]
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Functions: TypeAlias = Mapping[str, Function]
Question: TypeAlias = Callable[[ast.expr, Variables], bool]


class Judge:
    """Knows a notebook's functions, the methods of its classes, and its variables.

    With `in_json` values of data libraries may be within lists and dicts, where
    Flask's JSON does not know them.
    """

    def __init__(
        self,
        functions: Functions,
        methods: Functions,
        variables: Variables,
        *,
        in_json: bool,
    ) -> None:
        self.functions, self.methods = functions, methods
        self.variables, self.in_json = variables, in_json
        self._open: set[tuple[str, int]] = set()

    def sends_all(self, scope: ast.AST, *, is_view: bool = True) -> bool:
        """Whether Flask can send all that a function returns, or a cell's body."""
        return self._are(scope, self.sends, is_view=is_view)

    def _are(self, scope: ast.AST, question: Question, *, is_view: bool) -> bool:
        mark = (getattr(question, "__name__", ""), id(scope))
        if mark in self._open:  # it calls itself
            return True
        self._open.add(mark)
        names = {
            **self.variables,
            **variables_of([scope]),
            **dict(parameters_of(scope, is_view=is_view)),
        }
        found = all(question(each, names) for each in results_of(scope))
        self._open.discard(mark)
        return found

    # A view's result

    def sends(self, node: ast.expr, names: Variables) -> bool:
        """Whether Flask can send a value."""
        if isinstance(node, ast.Tuple) and node.elts:
            return self.sends(node.elts[0], names)
        if isinstance(node, (ast.List, ast.Dict, ast.ListComp, ast.DictComp)):
            return not self.in_json or self.is_plain(node, names)
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            either = (
                node.values
                if isinstance(node, ast.BoolOp)
                else [node.body, node.orelse]
            )
            return all(self.sends(each, names) for each in either)
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.sends(node.value, names)
        if isinstance(node, ast.Call):
            return self._sends_call(node, names)
        if isinstance(node, ast.Name):
            return self._is_each(node.id, self.sends, names)
        return isinstance(node, ast.GeneratorExp) or self.is_plain(node, names)

    def _sends_call(self, call: ast.Call, names: Variables) -> bool:
        name = name_of(call)
        if name in SENDING:
            return True
        if name == "make_response" and call.args:
            return self.sends(call.args[0], names)
        if name == "jsonify":
            return not self.in_json or all(
                self.is_plain(each, names) for each in arguments_of(call)
            )
        function = self._function(call)
        if function is not None:
            return self.sends_all(function, is_view=False)
        makes_json = name in MAKING_JSON and not self.in_json
        return makes_json or self.is_plain(call, names)

    # What a result holds

    def is_plain(self, node: ast.expr, names: Variables) -> bool:
        """Whether a value is Python's own, with all that it holds."""
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            return True
        if isinstance(node, COMPREHENSIONS):
            return self.is_plain(node.elt, names)
        if isinstance(node, ast.DictComp):
            return self.is_plain(node.key, names) and self.is_plain(node.value, names)
        if isinstance(node, OPERATIONS):
            return all(self.is_plain(each, names) for each in parts_of(node))
        if root_of(node) in OF_REQUESTS:
            return not isinstance(node, ast.Name)
        if isinstance(node, ast.Name):
            return self._is_each(node.id, self.is_plain, names)
        if isinstance(node, ast.Subscript):
            return self.is_plain(node.value, names)
        if isinstance(node, ast.Attribute):
            return node.attr in PLAIN_ATTRIBUTES
        return isinstance(node, ast.Call) and self._gives_plain(node, names)

    def _gives_plain(self, call: ast.Call, names: Variables) -> bool:
        name = name_of(call)
        if isinstance(call.func, ast.Attribute) and name in TEXT_METHODS:
            return True
        function = self._function(call)
        if function is not None:
            return self._are(function, self.is_plain, is_view=False)
        if isinstance(call.func, ast.Attribute):
            return False
        keeps = name in KEEPING and bool(call.args)
        return name in PLAIN or (
            keeps and all(self.is_plain(each, names) for each in arguments_of(call))
        )

    def _is_each(self, name: str, question: Question, names: Variables) -> bool:
        """Whether everything that a name is assigned is so."""
        values = names.get(name, (None,))
        rest = {**names, name: ()}  # x = f(x) says nothing new
        return all(
            each is not None
            and not (self.in_json and isinstance(each, CHANGEABLE))
            and question(each, rest)
            for each in values
        )

    def _function(self, call: ast.Call) -> Function | None:
        """Return the notebook's own function or method that is called."""
        is_method = isinstance(call.func, ast.Attribute)
        return (self.methods if is_method else self.functions).get(name_of(call))


def results_of(scope: ast.AST) -> Iterator[ast.expr]:
    """Yield what a function returns, or a cell's body; nothing if it yields."""
    if isinstance(scope, ast.Lambda):
        yield scope.body
        return
    own = list(walk_scope(scope))
    if any(isinstance(each, YIELDING) for each in own):
        return
    for each in own:
        if isinstance(each, ast.Return) and each.value is not None:
            yield each.value
    last = scope.body[-1] if isinstance(scope, ast.Module) else None
    if isinstance(last, ast.Expr):
        yield last.value


def variables_of(scopes: Iterable[ast.AST]) -> dict[str, tuple[ast.expr | None, ...]]:
    """Return what the names of some scopes, or statements, are assigned."""
    nodes = [node for each in scopes for node in (each, *walk_scope(each))]
    told: dict[int, ast.expr | None] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            told |= {id(target): node.value for target in node.targets}
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            told[id(node.target)] = node.value
    found: dict[str, tuple[ast.expr | None, ...]] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = (*found.get(node.id, ()), told.get(id(node)))
    return found


def parameters_of(
    scope: ast.AST, *, is_view: bool
) -> Iterator[tuple[str, tuple[ast.expr | None, ...]]]:
    """Yield what parameters hold: those of a view are parts of a URL."""
    if isinstance(scope, SCOPES) and not isinstance(scope, ast.ClassDef):
        for each in ast.walk(scope.args):
            if isinstance(each, ast.arg):
                yield each.arg, (ast.Constant("") if is_view else None,)


def name_of(call: ast.Call) -> str:
    name: str = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return name if isinstance(call.func, (ast.Name, ast.Attribute)) else ""


def arguments_of(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]


def parts_of(node: ast.expr) -> list[ast.expr]:
    """Return what a value is made of."""
    parts = [e for e in ast.iter_child_nodes(node) if isinstance(e, ast.expr)]
    return [e for e in parts if not isinstance(getattr(e, "ctx", None), ast.Store)]
