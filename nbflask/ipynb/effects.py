"""Which objects a piece changes where it stands, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .habits import (
    CHANGING,
    CHANGING_METHODS,
    LOOKING,
    LOOKING_METHODS,
    SETTING_UP,
    SHOWING_MODULES,
    TRYING,
)
from .names import (
    BLOCKS,
    FUNCTIONS,
    changed_by,
    changed_targets,
    local_names,
    root_of,
    targets_of,
)
from .pieces import Code, FileCell, Piece, RequestCell


@dataclass(frozen=True, slots=True)
class Known:
    """What the rest of a notebook tells of its names: which are modules, and what is
    written as functions."""

    modules: Mapping[str, str]
    functions: Mapping[str, ast.stmt]


def known_of(pieces: tuple[Piece, ...]) -> Known:
    modules: dict[str, str] = {}
    functions: dict[str, ast.stmt] = {}
    for piece in pieces:
        if not isinstance(piece, Code):
            continue
        for node in ast.walk(piece.node):
            if isinstance(node, ast.Import):
                for each in node.names:
                    name = each.asname or each.name.partition(".")[0]
                    modules[name] = each.name if each.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for each in node.names:
                    whole = f"{node.module}.{each.name}"
                    if whole in SHOWING_MODULES:
                        modules[each.asname or each.name] = whole
        if isinstance(piece.node, (*FUNCTIONS, ast.ClassDef)):
            functions[piece.node.name] = piece.node
    return Known(modules, functions)


def effects_of(piece: Piece, known: Known) -> frozenset[str]:
    """Return the names whose objects a piece changes."""
    if isinstance(piece, FileCell):
        return frozenset({"app"})
    if not isinstance(piece, Code):
        return piece.uses.changes
    return frozenset(effects(piece.node, known, is_shown=piece.is_shown))


def effects(node: ast.stmt, known: Known, *, is_shown: bool = False) -> set[str]:
    if isinstance(node, BLOCKS):
        return effects_of_block(node, known)
    if isinstance(node, ast.Expr):
        return effects_of_call(node.value, known, is_shown=is_shown)
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return changed_by(node) - set(known.modules)
    if isinstance(node, ast.Delete):
        return changed_targets(targets_of(node))
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return effects_of_assignment(node, known)
    return set()


def effects_of_block(node: ast.stmt, known: Known) -> set[str]:
    entered = [each.context_expr for each in getattr(node, "items", ())]
    if any(is_trying(each) for each in entered) or is_main_guard(node):
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


def is_main_guard(node: ast.stmt) -> bool:
    names = ast.walk(node.test) if isinstance(node, ast.If) else ()
    return any(isinstance(each, ast.Name) and each.id == "__name__" for each in names)


def statements_in(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, ())
    for handler in getattr(node, "handlers", ()):
        yield from handler.body


def effects_of_call(value: ast.expr, known: Known, *, is_shown: bool) -> set[str]:
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call) or is_trying(call):
        return set()
    if isinstance(call.func, ast.Name):
        return effects_of_function(call, call.func.id, known, is_shown=is_shown)
    root = root_of(call.func)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if root is not None and root in known.modules:
        return effects_of_module(call, root, method, known)
    if root is None or (method in LOOKING_METHODS and not is_in_place(call)):
        return set()
    # db.init_app(app), api.register(app): both of them.
    return {root, *(roots_of_arguments(call) if method not in LOOKING_METHODS else ())}


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
    return set()


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
    nothing = Known({}, {})
    return any(
        effects(node, nothing) & own
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node is not function
    )


def effects_of_assignment(
    node: ast.Assign | ast.AnnAssign | ast.AugAssign, known: Known
) -> set[str]:
    if node.value is None or is_trying(node.value):
        return set()
    found = changed_targets(targets_of(node))
    for each in ast.walk(node.value):
        if not isinstance(each, ast.Call):
            continue
        if isinstance(each.func, ast.Attribute) and each.func.attr in CHANGING_METHODS:
            root = root_of(each.func)
            found |= {root} if root and root not in known.modules else set()
        elif isinstance(each.func, ast.Name) and each.func.id in known.functions:
            function = known.functions[each.func.id]
            if not isinstance(function, ast.ClassDef):
                found |= changed_globals(function, known)
                found |= (
                    roots_of_arguments(each) if changes_parameters(function) else set()
                )
    return found


def exploring(pieces: tuple[Piece, ...]) -> set[int]:
    """Return the numbers of the pieces that look at an app from outside: with its
    client, its server or a response, or by a function that does."""
    found: set[int] = set()
    outside: set[str] = set()
    for number, piece in enumerate(pieces):
        uses = piece.uses
        defines = isinstance(piece, Code) and isinstance(
            piece.node, (*FUNCTIONS, ast.ClassDef)
        )
        asks = is_asking(piece) or bool(uses.now & outside)
        if asks and not defines:
            found.add(number)
        if asks or (defines and uses.later & outside):
            outside |= uses.defines
        elif not uses.partly:
            outside -= uses.defines
    return found


def is_asking(piece: Piece) -> bool:
    """Whether a piece asks an app, or serves it."""
    if isinstance(piece, RequestCell):
        return True
    if not isinstance(piece, Code):
        return False
    node = piece.node
    if isinstance(node, BLOCKS):
        entered = [each.context_expr for each in getattr(node, "items", ())]
        return is_main_guard(node) or any(is_trying(each) for each in entered)
    value = getattr(node, "value", None)
    return isinstance(value, ast.AST) and is_trying(value)


def attaches(piece: Piece, apps: frozenset[str]) -> bool:
    """Whether a piece makes something for an app: db = SQLAlchemy(app)."""
    if not isinstance(piece, Code) or not isinstance(
        piece.node, (ast.Assign, ast.AnnAssign)
    ):
        return False
    value = piece.node.value
    return (
        isinstance(value, ast.Call)
        and not is_trying(value)
        and not (isinstance(value.func, ast.Name) and value.func.id in LOOKING)
        and bool(roots_of_arguments(value, plain=True) & apps)
    )


def roots_of_arguments(call: ast.Call, *, plain: bool = False) -> set[str]:
    """Return the names that a call is given; with `plain` those given as they are."""
    given = [*call.args, *(each.value for each in call.keywords)]
    if plain:
        return {each.id for each in given if isinstance(each, ast.Name)}
    return {name for each in given if (name := root_of(each)) is not None}


def is_trying(value: ast.AST) -> bool:
    """Whether an expression asks an app by its client, or serves it."""
    return any(
        isinstance(each, ast.Attribute) and each.attr in TRYING
        for each in ast.walk(value)
        if not isinstance(each, ast.Lambda)
    )
