"""Whether an app's views may return what Flask cannot send: values of data libraries,
models, what shows itself in a notebook. Told by texts alone: in doubt they may.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from ..data.adapters import LIBRARIES, RICH
from ..ipynb.habits import words
from ..ipynb.names import FUNCTIONS, root_of
from ..ipynb.need import Plan
from ..ipynb.pieces import Code, Piece, RouteCell
from .sendable import Judge, variables_of

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
    trees = [tree for each in plan.pieces for tree in trees_of(each)]
    modules = {top for tree in trees for top in imported_by(tree)}
    in_json = not modules.isdisjoint(OF_DATA)
    shows = not modules.isdisjoint(SHOWING) or any(map(defines_model, trees))
    if not in_json and not shows:
        return False
    known = {
        node.name: node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef))
    }
    statements = [each.node for each in plan.pieces if isinstance(each, Code)]
    outside = [e for e in statements if not isinstance(e, (*FUNCTIONS, ast.ClassDef))]
    judge = Judge(known, variables_of(outside), in_json=in_json)
    found = (view for each in plan.pieces for view in views_in(each, plan, known))
    return not all(map(judge.sends_all, found))


def trees_of(piece: Piece) -> tuple[ast.AST, ...]:
    if isinstance(piece, RouteCell):
        return (piece.module,)
    return (piece.node,) if isinstance(piece, Code) else ()


def imported_by(tree: ast.AST) -> Iterator[str]:
    """Yield the modules of the top level that are imported, wherever it is done."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def defines_model(tree: ast.AST) -> bool:
    """Whether there is a dataclass, or a class that shows itself in a notebook."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            if "dataclass" in decorators:
                return True
        elif isinstance(node, FUNCTIONS) and node.name in {*RICH, "_repr_mimebundle_"}:
            return True
    return False


def views_in(
    piece: Piece, plan: Plan, known: Mapping[str, ast.stmt]
) -> Iterator[ast.AST]:
    """Yield the functions of a piece that answer requests, or the body that does."""
    if isinstance(piece, RouteCell):
        yield piece.module.body[-1] if piece.defines_its_view else piece.module
    for tree in trees_of(piece):
        for node in ast.walk(tree):
            if isinstance(node, FUNCTIONS):
                if any(makes_view(each, plan) for each in node.decorator_list):
                    yield node
            elif isinstance(node, ast.ClassDef):
                methods = (each for each in node.body if isinstance(each, FUNCTIONS))
                yield from (each for each in methods if each.name in VERBS)
            elif isinstance(node, ast.Call):
                yield from views_given(node, known)


def makes_view(decorator: ast.expr, plan: Plan) -> bool:
    """Whether a function may be a view by this: @app.get("/")."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (
        isinstance(called, ast.Attribute)
        and called.attr not in NO_VIEW
        and root_of(called) not in plan.known.modules
    )


def views_given(call: ast.Call, known: Mapping[str, ast.stmt]) -> Iterator[ast.AST]:
    """Yield the functions that a call registers: app.add_url_rule("/", "index", f)."""
    called = call.func
    if not isinstance(called, ast.Attribute) or called.attr not in TAKING_VIEWS:
        return
    for each in [*call.args, *(keyword.value for keyword in call.keywords)]:
        found = known.get(each.id) if isinstance(each, ast.Name) else each
        if isinstance(found, (*FUNCTIONS, ast.Lambda)):
            yield found
