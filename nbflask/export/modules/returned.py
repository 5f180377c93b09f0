"""Whether an app's views may return what Flask cannot send: values of data libraries,
models, what shows itself in a notebook. Told by texts alone: in doubt they may.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...data.adapters import LIBRARIES, RICH
from ...ipynb.names import FUNCTIONS, root_of
from ...ipynb.needs.habits import words
from ...ipynb.needs.plan import Plan
from ...ipynb.pieces import Code, Piece, RouteCell
from ..requests.sendable import Function, Functions, Judge, Variables, variables_of
from .imports import FRAMEWORKS
from .nodes import imported_by, nodes_in, nodes_of

#: Modules whose values, or those within what they give, Flask's JSON does not know.
OF_DATA = {
    path.partition(":")[0].partition(".")[0] for paths, _ in LIBRARIES for path in paths
} | words(
    """
    scipy sklearn statsmodels seaborn geopandas xarray joblib pickle xgboost lightgbm
    catboost
    """
)
#: Modules of things that show themselves in a notebook.
SHOWING = words("IPython folium bokeh sympy networkx")
SHOWING_METHODS = {*RICH, "_repr_mimebundle_"}
#: Decorators of objects that make no view of a function.
NO_VIEW = words(
    """
    context_processor app_context_processor template_filter app_template_filter
    template_test app_template_test template_global app_template_global command
    after_request after_app_request teardown_request teardown_app_request
    teardown_appcontext url_defaults app_url_defaults url_value_preprocessor
    app_url_value_preprocessor shell_context_processor setter deleter getter
    """
)
#: Methods that are given views.
TAKING_VIEWS = words("add_url_rule register_error_handler before_request")
#: Methods of class-based views.
VERBS = words("get post put patch delete head options dispatch_request")


def may_return_data(plan: Plan) -> bool:
    """Whether a view may return what nbflask sends, and Flask does not."""
    modules = {name for each in nodes_of(plan) for name in imported_by(each)}
    in_json = not modules.isdisjoint(OF_DATA)
    shows = not modules.isdisjoint(SHOWING) or any(map(is_model, nodes_of(plan)))
    if not in_json and not shows:
        return False
    if in_json and writes_json(plan):
        return True
    functions = {e.name: e for e in nodes_of(plan) if isinstance(e, FUNCTIONS)}
    methods = {e.name: e for each in nodes_of(plan) for e in methods_of(each)}
    judge = Judge(functions, methods, variables_outside(plan), in_json=in_json)
    found = (view for each in plan.pieces for view in views_in(each, plan, functions))
    return not all(map(judge.sends_all, found))


def methods_of(node: ast.AST) -> list[Function]:
    body = node.body if isinstance(node, ast.ClassDef) else []
    return [each for each in body if isinstance(each, FUNCTIONS)]


def variables_outside(plan: Plan) -> Variables:
    """Return what the names of the module itself are assigned."""
    statements = (each.node for each in plan.pieces if isinstance(each, Code))
    scopes = (*FUNCTIONS, ast.ClassDef)
    return variables_of(each for each in statements if not isinstance(each, scopes))


def writes_json(plan: Plan) -> bool:
    """Whether the app's JSON is used beside answers: {{ x|tojson }}, app.json."""
    return any("tojson" in each.text for each in plan.files) or any(
        is_of_json(node, plan.app) for node in nodes_of(plan)
    )


def is_of_json(node: ast.AST, app: str) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and "tojson" in node.value
    if isinstance(node, ast.ImportFrom):
        names = {each.name for each in node.names} - {"jsonify"}
        return (node.module in FRAMEWORKS and "json" in names) or (
            node.module in {f"{each}.json" for each in FRAMEWORKS} and bool(names)
        )
    owners = {app, "current_app", *FRAMEWORKS}
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "json"
        and isinstance(node.value, ast.Name)
        and node.value.id in owners
    )


def is_model(node: ast.AST) -> bool:
    """Whether this is a dataclass, or a class that shows itself in a notebook."""
    if not isinstance(node, ast.ClassDef):
        return False
    methods = {each.name for each in methods_of(node)}
    decorators = " ".join(map(ast.unparse, node.decorator_list))
    return "dataclass" in decorators or bool(methods & SHOWING_METHODS)


def views_in(piece: Piece, plan: Plan, functions: Functions) -> Iterator[ast.AST]:
    """Yield the functions of a piece that answer requests, or the body that does."""
    if isinstance(piece, RouteCell):
        yield piece.module.body[-1] if piece.defines_its_view else piece.module
    for node in nodes_in(piece):
        if isinstance(node, FUNCTIONS):
            if any(makes_view(each, plan) for each in node.decorator_list):
                yield node
        elif isinstance(node, ast.ClassDef):
            yield from (each for each in methods_of(node) if each.name in VERBS)
        elif isinstance(node, ast.Call):
            yield from views_given(node, functions)


def makes_view(decorator: ast.expr, plan: Plan) -> bool:
    """Whether a function may be a view by this: @app.get("/")."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (
        isinstance(called, ast.Attribute)
        and called.attr not in NO_VIEW
        and root_of(called) not in plan.known.modules
    )


def views_given(call: ast.Call, functions: Functions) -> Iterator[ast.AST]:
    """Yield the functions that a call registers: app.add_url_rule("/", "index", f)."""
    called = call.func
    if not isinstance(called, ast.Attribute) or called.attr not in TAKING_VIEWS:
        return
    for each in [*call.args, *(keyword.value for keyword in call.keywords)]:
        found = functions.get(each.id) if isinstance(each, ast.Name) else each
        if isinstance(found, (*FUNCTIONS, ast.Lambda)):
            yield found
