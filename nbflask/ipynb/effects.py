"""Which objects a piece changes where it stands, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from .apps import made_apps, makes_an_app
from .habits import (
    CHANGING,
    CHANGING_METHODS,
    KEEPING_ARGUMENTS,
    LOOKING,
    LOOKING_METHODS,
    SERVING,
    SETTING_UP,
    SHOWING_MODULES,
    TRYING,
    TRYING_APPS,
    VIEWS_OF,
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
    """What the rest of a notebook tells of its names: which are modules, what is
    written as functions, which functions an object was given, and which hold an app."""

    modules: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, ast.stmt] = field(default_factory=dict)
    given: Mapping[str, frozenset[str]] = field(default_factory=dict)
    apps: frozenset[str] = frozenset({"app"})


def known_of(pieces: tuple[Piece, ...]) -> Known:
    modules: dict[str, str] = {}
    functions: dict[str, ast.stmt] = {}
    nodes = [each.node for each in pieces if isinstance(each, Code)]
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
    given: dict[str, frozenset[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            found = functions_given(node.value) & functions.keys()
            names = {e.id for e in node.targets if isinstance(e, ast.Name)}
            given |= dict.fromkeys(names if found else (), frozenset(found))
    apps = {name for node in nodes for name in made_apps(node, functions)}
    return Known(modules, functions, given, frozenset({"app", *apps}))


def functions_given(call: ast.expr) -> set[str]:
    """Return the names that a call is given as they are, or calls on its way:
    `Thread(target=work).start()`."""
    return {
        name
        for each in ast.walk(call)
        if isinstance(each, ast.Call)
        for name in roots_of_arguments(each, plain=True)
    }


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
    for base in node.bases if isinstance(node, ast.ClassDef) else ():
        name = root_of(base) or ""
        if is_told_of_subclasses(known.functions.get(name)):
            found.add(name)
    return found


def is_told_of_subclasses(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        isinstance(each, FUNCTIONS) and each.name == "__init_subclass__"
        for each in node.body
    )


def effects_of_block(node: ast.stmt, known: Known) -> set[str]:
    entered = [each.context_expr for each in getattr(node, "items", ())]
    if any(is_trying(each, known) for each in entered) or is_main_guard(node):
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
    if not isinstance(call, ast.Call) or is_trying(call, known):
        return set()
    if isinstance(call.func, ast.Name):
        return effects_of_function(call, call.func.id, known, is_shown=is_shown)
    root = root_of(call.func)
    handed = effects_of_given(functions_given(call), known)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if root is not None and root in known.modules:
        return handed | effects_of_module(call, root, method, known)
    if root is None or looks(call.func) or is_looking(call, method):
        return handed
    # db.init_app(app), api.register(app): both of them.
    keeps = method in KEEPING_ARGUMENTS | LOOKING_METHODS
    handed |= effects_of_given(known.given.get(root, frozenset()), known)
    found = {*handed, *(() if keeps else roots_of_arguments(call))}
    classes = {e for e, n in known.functions.items() if isinstance(n, ast.ClassDef)}
    # Point(1, 2).moved(3) is about an object that is new.
    return found - classes if is_new(call.func, classes) else found | {root}


def is_new(node: ast.expr, classes: set[str]) -> bool:
    """Whether an expression begins with an object that it makes."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Name)
        and each.func.id in classes
        and each.func.id == root_of(node)
        for each in ast.walk(node)
    )


def is_looking(call: ast.Call, method: str) -> bool:
    is_question = method.startswith(("is_", "has_"))
    return (method in LOOKING_METHODS or is_question) and not is_in_place(call)


def looks(called: ast.expr) -> bool:
    """Whether a method is one of something that was made to look at an object:
    df.plot.bar, rows.describe().to_string."""
    inner = (each for each in ast.walk(called) if each is not called)
    return any(
        isinstance(each, ast.Attribute) and each.attr in VIEWS_OF for each in inner
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


def exploring(pieces: tuple[Piece, ...], known: Known) -> set[int]:
    """Return the numbers of the pieces that look at an app from outside: with its
    client, its server or a response, or by a function that does."""
    found: set[int] = set()
    outside: set[str] = set()
    for number, piece in enumerate(pieces):
        uses = piece.uses
        defines = isinstance(piece, Code) and isinstance(
            piece.node, (*FUNCTIONS, ast.ClassDef)
        )
        asks = is_asking(piece, known) or bool(uses.now & outside)
        if asks and not defines:
            found.add(number)
        if asks or (defines and uses.later & outside):
            outside |= uses.defines
        elif not uses.partly:
            outside -= uses.defines
    return found


def is_asking(piece: Piece, known: Known) -> bool:
    """Whether a piece asks an app, or serves it."""
    if isinstance(piece, RequestCell):
        return True
    if not isinstance(piece, Code):
        return False
    node = piece.node
    if isinstance(node, BLOCKS):
        entered = [each.context_expr for each in getattr(node, "items", ())]
        return is_main_guard(node) or any(is_trying(each, known) for each in entered)
    value = getattr(node, "value", None)
    return isinstance(value, ast.AST) and is_trying(value, known)


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


def roots_of_arguments(call: ast.Call, *, plain: bool = False) -> set[str]:
    """Return the names that a call is given; with `plain` those given as they are."""
    given = [*call.args, *(each.value for each in call.keywords)]
    if plain:
        return {each.id for each in given if isinstance(each, ast.Name)}
    return {name for each in given if (name := root_of(each)) is not None}


def is_trying(value: ast.AST, known: Known) -> bool:
    """Whether an expression asks an app by its client, or serves it."""
    return any(
        isinstance(each, (ast.Attribute, ast.Call)) and tries(each, known)
        for each in ast.walk(value)
    )


def tries(node: ast.Attribute | ast.Call, known: Known) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        name = getattr(called, "attr", getattr(called, "id", ""))
        is_given = bool(roots_of_arguments(node, plain=True) & known.apps)
        return name in SERVING and is_given
    if node.attr in TRYING:
        return True
    of = node.value
    if isinstance(of, ast.Call):
        return node.attr in TRYING_APPS and makes_an_app(of, known.functions)
    return node.attr in TRYING_APPS and isinstance(of, ast.Name) and of.id in known.apps
