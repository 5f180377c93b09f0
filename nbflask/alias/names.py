"""Names that are in Flask's modules only because these import them for themselves.

Programs import or replace some of them there all the same: `flask.app.request`. Our
modules import other things, so the alias lends them these.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

#: By module: where the names come from, which ones, and as what if by another name.
LENT: dict[str, dict[str, str]] = {
    "app": {
        "nbflask.sansio.app": "App",
        "nbflask.ctx": "AppContext _cv_app _cv_request _sentinel",
        "nbflask.globals": "current_app g request request_ctx session",
        "nbflask.helpers": "get_flashed_messages get_load_dotenv send_from_directory",
        "nbflask.templates": "T_template_filter T_template_global T_template_test",
        "nbflask.templating": "DispatchingJinjaLoader Environment",
        "nbflask.signals": "appcontext_tearing_down got_request_exception"
        " request_finished request_started request_tearing_down",
        "urllib.parse": "quote:_url_quote",
        "werkzeug.datastructures": "Headers",
        "werkzeug.exceptions": "BadRequestKeyError HTTPException InternalServerError",
        "werkzeug.routing": "BuildError MapAdapter RequestRedirect RoutingException",
        "werkzeug.serving": "is_running_from_reloader",
        "werkzeug.wsgi": "get_host",
    },
    "blueprints": {
        "nbflask.cli": "AppGroup",
        "nbflask.globals": "current_app",
        "nbflask.helpers": "send_from_directory",
        "nbflask.sansio.blueprints": "Blueprint:SansioBlueprint",
    },
    "cli": {
        "click.core": "ParameterSource",
        "nbflask.cli.options": "_load_env_file:_env_file_callback"
        " _pair_with_cert:_validate_key _set_app _set_debug app_option:_app_option"
        " debug_option:_debug_option env_file_option:_env_file_option",
        "nbflask.globals": "current_app",
        "nbflask.helpers": "get_debug_flag get_load_dotenv",
        "werkzeug.serving": "is_running_from_reloader run_simple",
        "werkzeug.utils": "import_string",
    },
    "debughelpers": {
        "nbflask.blueprints": "Blueprint",
        "nbflask.globals": "request_ctx",
        "nbflask.sansio.app": "App",
    },
    "globals": {
        "nbflask.ctx": "NO_APP:_no_app_msg NO_REQUEST:_no_req_msg",
        "werkzeug.local": "LocalProxy",
    },
    "helpers": {
        "nbflask.ctx": "_cv_request",
        "nbflask.globals": "current_app request request_ctx session",
        "werkzeug.exceptions": "abort:_wz_abort",
        "werkzeug.utils": "redirect:_wz_redirect",
        "werkzeug.wrappers": "Response:BaseResponse",
    },
    "json": {"nbflask.globals": "current_app"},
    "logging": {"nbflask.globals": "request"},
    "sansio.app": {
        "nbflask.app": "T_shell_context_processor T_teardown _AppCtxGlobals"
        " _endpoint_from_view_func _make_timedelta",
        "nbflask.config": "Config ConfigAttribute",
        "nbflask.helpers": "_split_blueprint_path get_debug_flag",
        "nbflask.json.provider": "DefaultJSONProvider JSONProvider",
        "nbflask.logging": "create_logger",
        "nbflask.sansio.scaffold": "Scaffold find_package setupmethod",
        "nbflask.templates": "T_template_filter T_template_global T_template_test",
        "nbflask.templating": "DispatchingJinjaLoader Environment",
        "werkzeug.exceptions": "Aborter BadRequest BadRequestKeyError",
        "werkzeug.routing": "BuildError Map Rule",
        "werkzeug.sansio.response": "Response",
        "werkzeug.utils": "redirect:_wz_redirect",
    },
    "sansio.blueprints": {
        "nbflask.blueprints": "T_after_request T_before_request T_error_handler"
        " T_teardown T_template_context_processor T_template_filter T_template_global"
        " T_template_test T_url_defaults T_url_value_preprocessor",
        "nbflask.sansio.scaffold": "Scaffold _endpoint_from_view_func _sentinel"
        " setupmethod",
    },
    "sansio.scaffold": {
        "jinja2": "BaseLoader FileSystemLoader",
        "nbflask.registrar": "F T_after_request T_before_request T_error_handler"
        " T_route T_teardown T_template_context_processor T_url_defaults"
        " T_url_value_preprocessor",
        "nbflask.templating": "_default_template_ctx_processor",
        "werkzeug.exceptions": "HTTPException default_exceptions",
    },
    "sessions": {"itsdangerous": "BadSignature URLSafeTimedSerializer"},
    "templating": {
        "nbflask.globals": "current_app request",
        "nbflask.rendering.jinja": "BaseEnvironment BaseLoader DispatchingJinjaLoader"
        " Environment Template TemplateNotFound",
    },
    "testing": {
        "click.testing": "CliRunner Result",
        "nbflask.cli": "ScriptInfo",
        "nbflask.cli.runner": "FlaskCliRunner",
        "nbflask.sessions": "SessionMixin",
        "urllib.parse": "urlsplit",
    },
    "views": {
        "nbflask.globals": "current_app request",
        "nbflask.registrar": "F",
    },
    "wrappers": {
        "nbflask.globals": "current_app",
        "nbflask.helpers": "_split_blueprint_path",
    },
}


def lend_names(module: ModuleType) -> None:
    """Give a module of this package the names that Flask's has besides."""
    own = module.__name__.partition(".")[2]
    for source, names in LENT.get(own, {}).items():
        for name in names.split():
            origin, _, other = name.partition(":")
            if (other or origin) not in vars(module):
                lent = getattr(import_module(source), origin)
                setattr(module, other or origin, lent)
