"""What a statement defines, uses and changes, by its text alone.

Names are those of a module. What the body of a function uses is needed when it is
called: `later`, all else when the statement runs: `now`.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .waiting import waited_for

#: `try` with `except*` has a node of its own since Python 3.11.
TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))
#: Statements within which others stand.
BLOCKS = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Match),
    *TRIES,
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: What a name is given by, beside assignments and imports.
NAMED = (*FUNCTIONS, ast.ClassDef, ast.MatchAs, ast.MatchStar)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
#: Those that may run anything but what they define.
UNSURE = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Match, *TRIES)

Names = frozenset[str]
NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Uses:
    """The names that a statement has to do with.

    `changes` are names whose objects it may change, or that its functions do when
    they run. With `partly` it may leave what it defines as it was.
    """

    defines: Names = NONE
    now: Names = NONE
    later: Names = NONE
    changes: Names = NONE
    changes_later: Names = NONE
    partly: bool = False


#: Written above a statement, it leaves annotations for whoever reads them.
LAZY = "from __future__ import annotations"


def uses_lazily(statement: ast.stmt) -> Uses:
    """Return the same where what annotations name is needed later, if ever."""
    uses, lazy = uses_of(statement), uses_of(statement, above=LAZY)
    return replace(uses, now=lazy.now, later=uses.later | (uses.now - lazy.now))


def uses_of(statement: ast.stmt, above: str = "") -> Uses:
    """Return what a statement of a module has to do with."""
    text = f"{above}\n{ast.unparse(waited_for(statement))}"
    table = symtable.symtable(text, "<statement>", "exec")
    symbols = table.get_symbols()
    bound = {each.get_name() for each in symbols if is_bound(each)}
    if above:
        bound.discard("annotations")
    now = {each.get_name() for each in symbols if each.is_referenced()}
    later: set[str] = set()
    for child in table.get_children():
        inner_now, inner_later = globals_of(child)
        now |= inner_now
        later |= inner_later
        bound |= walrus_targets(child)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        now.add(statement.target.id)
    return Uses(
        defines=frozenset(bound),
        now=frozenset(now - own_names(statement, bound)),
        later=frozenset(later),
        changes=frozenset(changed_by(statement)),
        changes_later=frozenset(changed_in_functions(statement)),
        partly=isinstance(statement, UNSURE),
    )


def is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def is_of_module(symbol: symtable.Symbol) -> bool:
    """Whether a name within a scope is the module's. Python takes a function that is
    called "top" for a module, and its variables for both."""
    return symbol.is_declared_global() or (symbol.is_global() and not symbol.is_local())


def own_names(statement: ast.stmt, bound: set[str]) -> set[str]:
    """Return names that a block both binds first and uses: those of its own."""
    if not isinstance(statement, (*BLOCKS, ast.ClassDef)):
        return set()
    first_read = set()
    written: set[str] = set()
    for node in in_order_of_running(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            first_read |= {node.id} - written
        else:
            written.update(stored_by(node))
    return (bound & written) - first_read


def bound_by(alias: ast.alias) -> str:
    """Return the name that one part of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def in_order_of_running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield nodes, what is computed before what it is assigned to."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For)):
        children.sort(key=lambda each: each in targets_of(node))
    if isinstance(node, ast.For):
        children.sort(
            key=lambda each: each is not node.iter and each is not node.target
        )
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield ast.Name(node.name, ast.Store())
    for child in children:
        yield from in_order_of_running(child)
        yield child


def targets_of(node: ast.AST) -> list[ast.AST]:
    many = getattr(node, "targets", None)
    return list(many) if many is not None else [node.target]  # type: ignore[attr-defined]


def globals_of(table: symtable.SymbolTable) -> tuple[set[str], set[str]]:
    """Return the module's names that a scope uses as it runs, and those that the
    functions in it use when they are called."""
    own = {
        each.get_name()
        for each in table.get_symbols()
        if is_of_module(each) and each.is_referenced()
    }
    now, later = (own, set()) if runs_at_once(table) else (set(), own)
    for child in table.get_children():
        inner_now, inner_later = globals_of(child)
        if runs_at_once(table):
            now |= inner_now
            later |= inner_later
        else:
            later |= inner_now | inner_later
    return now, later


def runs_at_once(table: symtable.SymbolTable) -> bool:
    """Whether a scope runs where it stands: a class, a comprehension."""
    if table.get_type() == "class":
        return True
    return table.get_name() in {"listcomp", "setcomp", "dictcomp", "genexpr"}


def walrus_targets(table: symtable.SymbolTable) -> set[str]:
    """Return the module's names that a comprehension assigns to, by `:=`."""
    if not runs_at_once(table) or table.get_type() == "class":
        return set()
    symbols = table.get_symbols()
    return {e.get_name() for e in symbols if is_of_module(e) and e.is_assigned()}


def root_of(node: ast.AST) -> str | None:
    """Return the name that an expression begins with: `app.config["A"]` is app's."""
    while True:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return None


def roots_of_arguments(call: ast.Call, *, plain: bool = False) -> set[str]:
    """Return the names that a call is given; with `plain` those given as they are."""
    given = [*call.args, *(each.value for each in call.keywords)]
    if plain:
        return {each.id for each in given if isinstance(each, ast.Name)}
    return {name for each in given if (name := root_of(each)) is not None}


def changed_by(statement: ast.AST) -> set[str]:
    """Return the names whose objects a statement changes where it stands."""
    found: set[str] = set()
    for node in walk_now(statement):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
            found |= changed_targets(targets_of(node))
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            found |= changed_targets([node.target])
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found |= {n for each in node.decorator_list if (n := decorated_by(each))}
        elif isinstance(node, ast.Call):
            found |= changed_by_call(node)
    return found


def decorated_by(decorator: ast.expr) -> str | None:
    """Return the object that a decorator may register something with: `@app.get`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return root_of(called) if isinstance(called, ast.Attribute) else None


def changed_targets(targets: list[ast.AST]) -> set[str]:
    found: set[str] = set()
    for target in targets:
        if isinstance(target, (ast.Tuple, ast.List)):
            found |= changed_targets(list(target.elts))
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            name = root_of(target)
            found |= {name} if name else set()
    return found


def changed_by_call(call: ast.Call) -> set[str]:
    """Return the object whose method is called: it may be changed by that."""
    name = root_of(call.func) if isinstance(call.func, ast.Attribute) else None
    return {name} if name else set()


def changed_in_functions(statement: ast.AST, outer: frozenset[str] = NONE) -> set[str]:
    """Return the module's names that a function changes, or sets, when it runs;
    `outer` are those of the function around it."""
    found: set[str] = set()
    for node in functions_in(statement):
        local = outer | local_names(node)
        for each in node.body if isinstance(node.body, list) else [node.body]:
            found |= changed_by(each) - local | changed_in_functions(each, local)
            for inner in ast.walk(each):
                if isinstance(inner, ast.Global):
                    found.update(inner.names)
    return found


def functions_in(node: ast.AST) -> Iterator[Function]:
    """Yield the functions that stand in a statement, but in no other function."""
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from functions_in(child)


def local_names(function: ast.AST) -> set[str]:
    arguments = [each.arg for each in ast.walk(function) if isinstance(each, ast.arg)]
    inside = (each for each in ast.walk(function) if each is not function)
    stored = {name for each in inside for name in stored_by(each)}
    shared = {
        name
        for each in ast.walk(function)
        if isinstance(each, (ast.Global, ast.Nonlocal))
        for name in each.names
    }
    return ({*arguments} | stored) - shared


def stored_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node of a function, or of a block, makes variables."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (bound_by(each) for each in node.names)
    elif isinstance(node, (*NAMED, ast.ExceptHandler)):
        yield node.name or ""
    elif isinstance(node, ast.MatchMapping):
        yield node.rest or ""


def walk_now(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs where it stands, not the bodies of functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        inside = isinstance(node, (*FUNCTIONS, ast.Lambda))
        body = getattr(node, "body", None)
        in_body = child in body if isinstance(body, list) else child is body
        if not (inside and in_body):
            yield from walk_now(child)
