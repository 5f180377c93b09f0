"""What an app meets on the way of each request and what yet leaves most answers as
they are: hooks that watch, settings for something else, extensions that wait to be
asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..names import FUNCTIONS, root_of
from ..needs.known import Known
from ..needs.registering import calls_in, kinds_of
from ..pieces import Code, Piece

AFTER = frozenset({"after_request", "after_app_request"})
BEFORE = frozenset({"before_request", "before_app_request"})
TEARDOWN = frozenset(
    {"teardown_request", "teardown_appcontext", "teardown_app_request"}
)
ADAPTING = "response_adapter"
#: Extensions that do nothing to requests whose views do not know of them.
WAITING = frozenset(
    {
        *("LoginManager", "Api", "JWTManager", "Migrate", "Marshmallow", "Bcrypt"),
        *("CORS", "Mail", "SQLAlchemy", "Admin", "Cache"),
    }
)
#: Calls by which a hook may answer in the view's place.
ANSWERING = frozenset({"abort", "redirect"})
#: What knows of the secret key.
SESSIONS = frozenset({"session", "flash", "get_flashed_messages", "current_user"})
SECRET = frozenset({"secret_key", "SECRET_KEY"})


def is_harmless(piece: Piece, names: frozenset[str], text: str, known: Known) -> bool:
    """Whether a piece on the way of every request leaves an answer as it is, whose
    view and all that it needs have these names and this text."""
    kinds = set(kinds_of(piece))
    if kinds & TEARDOWN:
        return True
    node = piece.node if isinstance(piece, Code) else None
    if isinstance(node, FUNCTIONS) and kinds & (AFTER | BEFORE):
        return only_marks(node) if kinds & AFTER else only_watches(node, known)
    if ADAPTING in kinds:
        return not any(root_of(each) in names for each in arguments_of(piece))
    if isinstance(node, ast.Assign):
        return is_idle(node, names, text)
    return False


def arguments_of(piece: Piece) -> Iterator[ast.expr]:
    for each in calls_in(piece):
        yield from each.args


def only_marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether an after_request function returns the response that it is given, with
    other headers at most."""
    given = [each.arg for each in function.args.args][:1]
    for node in ast.walk(function):
        if isinstance(node, ast.Return):
            if not isinstance(node.value, ast.Name) or [node.value.id] != given:
                return False
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(changes_response(each, given) for each in targets):
                return False
        elif isinstance(node, ast.Call) and changes_response(node.func, given):
            return False
    return "Location" not in ast.unparse(function)


def changes_response(node: ast.expr, given: list[str]) -> bool:
    """Whether an expression is a part of the response that is compared, or all of
    it."""
    if isinstance(node, ast.Name):
        return [node.id] == given
    told = ast.unparse(node)
    allowed = tuple(f"{name}.{part}" for name in given for part in HEADERS)
    return root_of(node) in given and not told.startswith(allowed)


HEADERS = ("headers", "set_cookie", "delete_cookie", "vary", "cache_control")


def only_watches(
    function: ast.FunctionDef | ast.AsyncFunctionDef, known: Known
) -> bool:
    """Whether a before_request function answers nothing, and raises nothing."""
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Return) and node.value):
            return False
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name in known.functions or name in ANSWERING:
                return False
            if root_of(node.func) == "request":
                return False
    return True


def is_idle(node: ast.Assign, names: frozenset[str], text: str) -> bool:
    """Whether what is set is for something else: a secret, another one's setting, an
    extension that the view does not know."""
    settings = {setting_of(each) for each in node.targets}
    if settings <= SECRET:
        return not names & SESSIONS
    if isinstance(node.value, ast.Call) and not settings - {""}:
        called = node.value.func
        made = called.attr if isinstance(called, ast.Attribute) else root_of(called)
        own = {each.id for each in node.targets if isinstance(each, ast.Name)}
        return made in WAITING and not own & names
    return "" not in settings and not any(
        each in DEFAULTS or each in text for each in settings
    )


def setting_of(target: ast.expr) -> str:
    """Return the key of app.config["KEY"], and the name of app.secret_key."""
    if isinstance(target, ast.Attribute) and target.attr in SECRET:
        return target.attr
    if not isinstance(target, ast.Subscript) or not isinstance(
        target.slice, ast.Constant
    ):
        return ""
    is_config = (
        isinstance(target.value, ast.Attribute) and target.value.attr == "config"
    )
    return str(target.slice.value) if is_config else ""


#: Settings that the framework itself reads.
DEFAULTS = frozenset(
    {
        *("DEBUG", "TESTING", "PROPAGATE_EXCEPTIONS", "TRAP_HTTP_EXCEPTIONS"),
        *("TRAP_BAD_REQUEST_ERRORS", "SERVER_NAME", "APPLICATION_ROOT"),
        *("PREFERRED_URL_SCHEME", "MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"),
        *("MAX_FORM_PARTS", "TRUSTED_HOSTS", "TEMPLATES_AUTO_RELOAD"),
        *("PROVIDE_AUTOMATIC_OPTIONS",),
    }
)
