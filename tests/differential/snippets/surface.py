"""The names that Flask has, and how what they stand for can be called.

What nbflask has besides is its own affair.
"""

from __future__ import annotations

import importlib
import inspect

import flask

NAMES = """
Blueprint Config Flask Request Response abort after_this_request app
appcontext_popped appcontext_pushed appcontext_tearing_down
before_render_template blueprints cli config copy_current_request_context
ctx current_app flash g get_flashed_messages get_template_attribute globals
got_request_exception has_app_context has_request_context helpers json
jsonify logging make_response message_flashed redirect render_template
render_template_string request request_finished request_started
request_tearing_down sansio send_file send_from_directory session sessions
signals stream_template stream_template_string stream_with_context
template_rendered templating typing url_for wrappers
"""
OF_AN_APP = """
aborter aborter_class add_template_filter add_template_global
add_template_test add_url_rule after_request after_request_funcs app_context
app_ctx_globals_class async_to_sync auto_find_instance_path before_request
before_request_funcs blueprints cli config config_class context_processor
create_global_jinja_loader create_jinja_environment create_url_adapter debug
default_config delete dispatch_request do_teardown_appcontext
do_teardown_request endpoint ensure_sync error_handler_spec errorhandler
extensions finalize_request full_dispatch_request get get_send_file_max_age
handle_exception handle_http_exception handle_url_build_error
handle_user_exception has_static_folder import_name inject_url_defaults
instance_path iter_blueprints jinja_env jinja_environment jinja_loader
jinja_options json json_provider_class log_exception logger make_aborter
make_config make_default_options_response make_response make_shell_context
name open_instance_resource open_resource patch permanent_session_lifetime
post preprocess_request process_response put raise_routing_exception
redirect register_blueprint register_error_handler request_class
request_context response_class root_path route run secret_key
select_jinja_autoescape send_static_file session_interface
shell_context_processor shell_context_processors should_ignore_error
static_folder static_url_path subdomain_matching teardown_appcontext
teardown_appcontext_funcs teardown_request teardown_request_funcs
template_context_processors template_filter template_folder template_global
template_test test_cli_runner test_cli_runner_class test_client
test_client_class test_request_context testing trap_http_exception
update_template_context url_build_error_handlers url_default_functions
url_defaults url_for url_map url_map_class url_rule_class
url_value_preprocessor url_value_preprocessors view_functions wsgi_app
"""
OF_A_BLUEPRINT = """
add_app_template_filter add_app_template_global add_app_template_test
add_url_rule after_app_request after_request after_request_funcs
app_context_processor app_errorhandler app_template_filter
app_template_global app_template_test app_url_defaults
app_url_value_preprocessor before_app_request before_request
before_request_funcs cli cli_group context_processor deferred_functions
delete endpoint error_handler_spec errorhandler get get_send_file_max_age
has_static_folder import_name jinja_loader make_setup_state name
open_resource patch post put record record_once register register_blueprint
register_error_handler root_path route send_static_file static_folder
static_url_path subdomain teardown_app_request teardown_request
teardown_request_funcs template_context_processors template_folder
url_default_functions url_defaults url_prefix url_value_preprocessor
url_value_preprocessors url_values_defaults view_functions
"""

#: By module; a long list goes on in another line.
IN_MODULES = """
app: App AppContext Environment Flask Request RequestContext Response
app: SecureCookieSessionInterface SessionInterface
app: T_shell_context_processor T_teardown T_template_filter
app: T_template_global T_template_test get_debug_flag get_flashed_messages
app: get_load_dotenv send_from_directory
blueprints: AppGroup Blueprint BlueprintSetupState SansioBlueprint
blueprints: send_from_directory
config: Config ConfigAttribute T
ctx: AppContext F RequestContext after_this_request
ctx: copy_current_request_context has_app_context has_request_context
helpers: abort flash get_debug_flag get_flashed_messages get_load_dotenv
helpers: get_root_path get_template_attribute make_response redirect send_file
helpers: send_from_directory stream_with_context url_for
json: dump dumps jsonify load loads
json.provider: DefaultJSONProvider JSONProvider
json.tag: JSONTag PassDict PassList TagBytes TagDateTime TagDict TagMarkup
json.tag: TagTuple TagUUID TaggedJSONSerializer dumps loads
logging: create_logger has_level_handler
sessions: NullSession SecureCookieSession SecureCookieSessionInterface
sessions: SessionInterface SessionMixin TaggedJSONSerializer
sessions: session_json_serializer
templating: DispatchingJinjaLoader Environment render_template
templating: render_template_string stream_template stream_template_string
templating: stream_with_context
testing: EnvironBuilder FlaskCliRunner FlaskClient ScriptInfo SessionMixin
typing: ResponseClass
views: F MethodView View
wrappers: Request Response
cli: AppGroup CertParamType F FlaskGroup NoAppException ScriptInfo
cli: SeparatedPathType cli find_app_by_string find_best_app get_debug_flag
cli: get_load_dotenv get_version load_dotenv locate_app main prepare_import
cli: show_server_banner with_appcontext
"""


def shape(thing):
    """Return what a thing can be called with: names, kinds and defaults."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    return [
        (
            each.name,
            each.kind.name,
            "" if each.default is each.empty else repr(each.default),
        )
        for each in parameters
        if each.name != "self"
    ]


def names_of_the_package(see):
    for name in NAMES.split():
        thing = getattr(flask, name)
        plain = inspect.isfunction(thing) or inspect.isclass(thing)
        see(name, shape(thing) if plain else type(thing).__name__)
    see.outcome(lambda: flask.no_such_name)
    for name in ("Markup", "escape", "_request_ctx_stack", "_app_ctx_stack"):
        see(name, hasattr(flask, name))
    see(flask.__version__)


def names_of_an_app(see):
    app = flask.Flask("app")
    for name in OF_AN_APP.split():
        see(name, shape(getattr(app, name)) if callable(getattr(app, name)) else None)


def names_of_a_blueprint(see):
    blueprint = flask.Blueprint("blueprint", "app")
    for name in OF_A_BLUEPRINT.split():
        thing = getattr(blueprint, name)
        see(name, shape(thing) if callable(thing) else None)


def names_of_the_modules(see):
    for module, name, thing in things_in_modules():
        see(module, name, shape(thing) if callable(thing) else None)


def classes_of_the_modules(see):
    for _, name, thing in things_in_modules():
        if inspect.isclass(thing):
            bases = [kind for kind in thing.__mro__ if kind.__module__ == "builtins"]
            see(name, bases)


def things_in_modules():
    for line in IN_MODULES.strip().splitlines():
        module, _, names = line.partition(": ")
        for name in names.split():
            yield (
                module,
                name,
                getattr(importlib.import_module(f"flask.{module}"), name),
            )
