"""Which objects a piece changes where it stands, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from ..names import (
    BLOCKS,
    FUNCTIONS,
    changed_by,
    changed_targets,
    local_names,
    root_of,
    roots_of_arguments,
    targets_of,
    walk_now,
)
from ..pieces import Code, FileCell, Piece
from .habits import (
    CHANGING,
    CHANGING_METHODS,
    CONNECTING,
    KEEPING_ARGUMENTS,
    LOOKING,
    LOOKING_IF_SHOWN,
    LOOKING_METHODS,
    SETTING_UP,
    SHOWING_MODULES,
    VIEWS_OF,
)
from .known import Known, functions_given
from .outside import is_trying


def effects_of(piece: Piece, known: Known) -> frozenset[str]:
    """Return the names whose objects a piece changes."""
    if isinstance(piece, FileCell):
        return frozenset({"app"})
    if not isinstance(piece, Code):
        return piece.uses.changes
    return frozenset(
        known.with_wholes(effects(piece.node, known, is_shown=piece.is_shown))
    )


def effects(node: ast.stmt, known: Known, *, is_shown: bool = False) -> set[str]:
    if isinstance(node, BLOCKS):
        return effects_of_block(node, known)
    if isinstance(node, ast.Expr):
        return effects_of_expression(node.value, known, is_shown=is_shown)
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return effects_of_definition(node, known)
    if isinstance(node, ast.Delete):
        return changed_targets(targets_of(node))
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return effects_of_assignment(node, known)
    return set()


def effects_of_definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, known: Known
) -> set[str]:
    """Return what decorators change, and what a class does that is told of those
    that are made of it."""
    found = changed_by(node) - set(known.modules)
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        function = known.functions.get(getattr(called, "id", ""))
        if function is not None:
            found |= changed_globals(function, known)
        if getattr(called, "attr", "") in CONNECTING:
            found |= known.apps
    return found | told_by(node, known)


def told_by(node: ast.stmt, known: Known) -> set[str]:
    """Return the bases and the metaclass of a class that know of it by their code, and
    what that changes."""
    if not isinstance(node, ast.ClassDef):
        return set()
    makers = (known.functions.get(root_of(e.value) or "") for e in node.keywords)
    told = [(each, {"__init_subclass__"}) for each in bases_of(node, known)]
    told += [
        (e, {"__init__", "__new__"}) for e in makers if isinstance(e, ast.ClassDef)
    ]
    return {
        name
        for each, methods in told
        for method in each.body
        if isinstance(method, FUNCTIONS) and method.name in methods
        for name in (each.name, *changed_globals(method, known))
    }


def bases_of(node: ast.ClassDef, known: Known) -> list[ast.ClassDef]:
    """Return the classes of a notebook that a class inherits from."""
    found: list[ast.ClassDef] = []
    waiting = [*node.bases]
    while waiting:
        base = known.functions.get(root_of(waiting.pop()) or "")
        if isinstance(base, ast.ClassDef) and base is not node and base not in found:
            found.append(base)
            waiting += base.bases
    return found


def effects_of_block(node: ast.stmt, known: Known) -> set[str]:
    entered = [each.context_expr for each in getattr(node, "items", ())]
    if any(is_trying(each, known) for each in entered):
        return set()
    found: set[str] = set()
    for inner in statements_in(node):
        found |= effects(inner, known)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        # What is changed in each element is changed in what has them.
        own = {e.id for e in ast.walk(node.target) if isinstance(e, ast.Name)}
        if found & own:
            names = (e.id for e in ast.walk(node.iter) if isinstance(e, ast.Name))
            found |= set(names)
    return found


def statements_in(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, ())
    for name in ("handlers", "cases"):
        for each in getattr(node, name, ()):
            yield from each.body


def effects_of_expression(value: ast.expr, known: Known, *, is_shown: bool) -> set[str]:
    value = value.value if isinstance(value, ast.Await) else value
    if is_trying(value, known):
        return set()
    if isinstance(value, ast.Call):
        found = effects_of_call(value, known, is_shown=is_shown)
        given = [*value.args, *(each.value for each in value.keywords)]
        return found.union(*(effects_within(each, known) for each in given))
    return effects_within(value, known)


def effects_of_call(call: ast.Call, known: Known, *, is_shown: bool) -> set[str]:
    if isinstance(call.func, ast.Name):
        return effects_of_function(call, call.func.id, known, is_shown=is_shown)
    root = root_of(call.func)
    handed = effects_of_given(functions_given(call), known)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if root is not None and root in known.modules:
        return handed | effects_of_module(call, root, method, known)
    is_look = is_looking(call, method) or (is_shown and method in LOOKING_IF_SHOWN)
    is_look = is_look and not is_in_place(call) and not is_altering(method, known)
    if root is None or looks(call.func) or is_look:
        return handed
    if method in CONNECTING:
        # A signal of everybody's: it tells of the app, too.
        handed |= known.apps
    # db.init_app(app), api.register(app): both of them.
    keeps = method in KEEPING_ARGUMENTS | LOOKING_METHODS
    handed |= effects_of_given(known.given.get(root, frozenset()), known)
    found = {*handed, *(() if keeps else roots_of_arguments(call))}
    if is_new(call.func, known):
        # Point(1, 2).moved(3), Path("a.txt").touch(): about an object that is new.
        made = [each for each in ast.walk(call.func) if isinstance(each, ast.Call)]
        given = set().union(*map(roots_of_arguments, made))
        classes = {e for e, n in known.functions.items() if isinstance(n, ast.ClassDef)}
        return (found | given) - classes
    return found | {root}


def is_new(node: ast.expr, known: Known) -> bool:
    """Whether an expression begins with an object that it makes of a class."""
    root = root_of(node) or ""
    function = known.functions.get(root)
    is_class = isinstance(function, ast.ClassDef) or (
        not function and root[:1].isupper()
    )
    return is_class and any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Name)
        and each.func.id == root
        for each in ast.walk(node)
    )


def is_looking(call: ast.Call, method: str) -> bool:
    is_question = method.startswith(("is_", "has_")) or is_query(call)
    return method in LOOKING_METHODS or is_question


def is_altering(method: str, known: Known) -> bool:
    """Whether a class of the notebook has a method of this name that changes it."""
    return any(
        isinstance(each, FUNCTIONS) and each.name == method and changes_parameters(each)
        for found in known.functions.values()
        if isinstance(found, ast.ClassDef)
        for each in found.body
    )


def is_query(call: ast.Call) -> bool:
    """Whether a call asks a database: cursor.execute("SELECT …")."""
    said = getattr(call.args[0], "value", None) if call.args else None
    words = said.split(None, 1) if isinstance(said, str) else []
    return words[:1] != [] and words[0].upper() in {"SELECT", "EXPLAIN", "SHOW"}


def looks(called: ast.expr) -> bool:
    """Whether a method is one of something that was made to look at an object:
    df.plot.bar, rows.describe().to_string."""
    inner = [each for each in ast.walk(called) if each is not called]
    return any(
        (isinstance(each, ast.Attribute) and each.attr in VIEWS_OF)
        or (isinstance(each, ast.Call) and is_query(each))
        for each in inner
    )


def effects_of_given(names: Set[str], known: Known) -> set[str]:
    """Return what functions change that are handed over: Thread(target=work)."""
    functions = (known.functions[name] for name in names & known.functions.keys())
    return {
        name
        for function in functions
        if isinstance(function, FUNCTIONS)
        for name in changed_globals(function, known)
    }


def is_in_place(call: ast.Call) -> bool:
    """Whether a call is told to change its object: df.dropna(inplace=True)."""
    return any(
        each.arg == "inplace"
        and isinstance(each.value, ast.Constant)
        and each.value.value is True
        for each in call.keywords
    )


def effects_of_function(
    call: ast.Call, name: str, known: Known, *, is_shown: bool
) -> set[str]:
    if name in LOOKING:
        return set()
    given = roots_of_arguments(call)
    function = known.functions.get(name)
    if function is None:
        # CORS(app), shuffle(rows). A class or a function of some library.
        return (
            given if not is_shown or name in CHANGING or name[:1].isupper() else set()
        )
    found = changed_globals(function, known)
    return found | (given if changes_parameters(function) else set())


def effects_of_module(call: ast.Call, root: str, method: str, known: Known) -> set[str]:
    module = known.modules[root]
    if any(module == each or module.startswith(f"{each}.") for each in SHOWING_MODULES):
        return set()
    if method.startswith(SETTING_UP):
        return {root}
    if method in CHANGING:
        return {root, *roots_of_arguments(call)}
    # np.multiply(rows, 2, out=rows)
    given = (each.value for each in call.keywords if each.arg == "out")
    return {name for each in given if (name := root_of(each)) is not None}


def changed_globals(function: ast.stmt, known: Known) -> set[str]:
    """Return the module's names that a function changes when it is called."""
    local = local_names(function)
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            found.update(node.names)
        elif isinstance(node, ast.stmt) and node is not function:
            found |= {e for e in effects(node, known) if e not in local}
    return found


def changes_parameters(function: ast.stmt) -> bool:
    """Whether a function may change what it is given."""
    own = {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    nothing = Known()
    return any(
        effects(node, nothing) & own
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node is not function
    )


def effects_of_assignment(
    node: ast.Assign | ast.AnnAssign | ast.AugAssign, known: Known
) -> set[str]:
    if node.value is None or is_trying(node.value, known):
        return set()
    return changed_targets(targets_of(node)) | effects_within(node.value, known)


def effects_within(value: ast.expr, known: Known) -> set[str]:
    """Return what is changed by calls within an expression whose value is used."""
    found: set[str] = set()
    for each in walk_now(value):
        if not isinstance(each, ast.Call) or is_query(each):
            continue
        if isinstance(each.func, ast.Attribute) and each.func.attr in CHANGING_METHODS:
            root = root_of(each.func)
            is_other = not root or root in known.modules or is_new(each.func, known)
            found |= set() if is_other else {root or ""}
        elif isinstance(each.func, ast.Name) and each.func.id in known.functions:
            function = known.functions[each.func.id]
            if not isinstance(function, ast.ClassDef):
                found |= changed_globals(function, known)
                found |= (
                    roots_of_arguments(each) if changes_parameters(function) else set()
                )
    return found


def attaches(piece: Piece, apps: frozenset[str], known: Known) -> bool:
    """Whether a piece makes something for an app: db = SQLAlchemy(app)."""
    if not isinstance(piece, Code) or not isinstance(
        piece.node, (ast.Assign, ast.AnnAssign)
    ):
        return False
    value = piece.node.value
    return (
        isinstance(value, ast.Call)
        and not is_trying(value, known)
        and not (isinstance(value.func, ast.Name) and value.func.id in LOOKING)
        and bool(roots_of_arguments(value, plain=True) & apps)
    )
