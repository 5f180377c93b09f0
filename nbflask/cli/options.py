"""The options that commands have, and the types of their values."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
from typing import Any

import click
from click.core import ParameterSource
from werkzeug.utils import import_string

from ..version import FLASK
from .dotenv import load_dotenv, python_dotenv
from .script import ScriptInfo


class SeparatedPathType(click.Path):
    """Several paths in one value, separated as in PATH. Its value is a list."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the paths, each checked like a click.Path."""
        check = super().convert
        return [check(item, param, ctx) for item in self.split_envvar_value(value)]


class CertParamType(click.ParamType):  # type: ignore[type-arg]
    """A certificate: a file, "adhoc", or the import name of an SSLContext."""

    name = "path"

    def __init__(self) -> None:
        self.path_type = click.Path(exists=True, dir_okay=False, resolve_path=True)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the file's absolute path, "adhoc", or the SSLContext."""
        if _ssl() is None:
            raise click.BadParameter(
                'Using "--cert" requires Python to be compiled with SSL support.',
                ctx,
                param,
            )
        try:
            return self.path_type(value, param, ctx)
        except click.BadParameter:
            text = click.STRING(value, param, ctx)
            if text.lower() == "adhoc":
                return _adhoc(param, ctx)
            context = import_string(text, silent=True)
            if _is_ssl_context(context):
                return context
            # No file then: that is what most people meant.
            raise


def _ssl() -> Any:
    """Return Python's ssl module, None if Python was built without."""
    try:
        import ssl
    except ImportError:
        return None
    return ssl


def _is_ssl_context(value: Any) -> bool:
    ssl = _ssl()
    return ssl is not None and isinstance(value, ssl.SSLContext)


def _adhoc(param: click.Parameter | None, ctx: click.Context | None) -> str:
    try:
        importlib.import_module("cryptography")
    except ImportError:
        raise click.BadParameter(
            "Using ad-hoc certificates requires the cryptography library.", ctx, param
        ) from None
    return "adhoc"


def _pair_with_cert(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Make the certificate's value a pair of files, if it is a file."""
    cert = ctx.params.get("cert")
    unused: str | None
    if cert == "adhoc":
        unused = 'When "--cert" is "adhoc", "--key" is not used.'
    elif _is_ssl_context(cert):
        unused = 'When "--cert" is an SSLContext object, "--key" is not used.'
    else:
        unused = None if cert else '"--cert" must also be specified.'
    if value is None:
        if unused is None:
            raise click.BadParameter('Required when using "--cert".', ctx, param)
        return None
    if unused is not None:
        raise click.BadParameter(unused, ctx, param)
    ctx.params["cert"] = cert, value
    return value


def get_version(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Print the versions of Python, nbflask and Werkzeug, and end the command."""
    if not value or ctx.resilient_parsing:
        return
    version = importlib.metadata.version
    click.echo(
        f"Python {platform.python_version()}\n"
        f"nbflask {version('nbflask')}, with the API of Flask {FLASK}\n"
        f"Werkzeug {version('werkzeug')}",
        color=ctx.color,
    )
    ctx.exit()


def _set_app(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


def _set_debug(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    source = ctx.get_parameter_source(param.name or "")
    if source in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP):
        # Nobody asked: FLASK_DEBUG stays what it is.
        return None
    # In the environment, where a factory sees it before there is an app.
    os.environ["FLASK_DEBUG"] = "1" if value else "0"
    return value


def _load_env_file(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None and python_dotenv() is None:
        raise click.BadParameter(
            "python-dotenv must be installed to load an env file.", ctx, param
        )
    defaults = ctx.ensure_object(ScriptInfo).load_dotenv_defaults
    if value is not None or defaults:
        load_dotenv(value, load_defaults=defaults)
    return value


# Eager, so that the other options find the variables of the file.
env_file_option = click.Option(
    ["-e", "--env-file"],
    type=click.Path(exists=True, dir_okay=False),
    help="Set environment variables from this file. It comes before '.env' and"
    " '.flaskenv'; what is set already comes first. Requires python-dotenv.",
    is_eager=True,
    expose_value=False,
    callback=_load_env_file,
)


def _option_for_app(**more: Any) -> click.Option:
    return click.Option(
        ["-A", "--app"],
        metavar="IMPORT",
        help="The application or factory to load, as 'module:name'. Module is an import"
        " name or a path, that of a notebook too. Name can be a call, 'name(args)', and"
        " be left out if it is 'app', 'application', 'create_app' or 'make_app'.",
        is_eager=True,
        expose_value=False,
        callback=_set_app,
        **more,
    )


# Eager, and ahead of --help, which lists the app's commands too.
app_option = _option_for_app()
# For those who write it behind the command. FLASK_APP is the other one's.
late_app_option = _option_for_app(allow_from_autoenv=False)

app_argument = click.Argument(
    ["where"],
    metavar="[APP]",
    required=False,
    is_eager=True,
    expose_value=False,
    callback=_set_app,
)

debug_option = click.Option(
    ["--debug/--no-debug"],
    help="Set debug mode.",
    expose_value=False,
    callback=_set_debug,
)

version_option = click.Option(
    ["--version"],
    help="Show the versions of Python, nbflask and Werkzeug.",
    expose_value=False,
    callback=get_version,
    is_flag=True,
    is_eager=True,
)

cert_option = click.Option(
    ["--cert"],
    type=CertParamType(),
    help="Serve HTTPS with this certificate: a file, 'adhoc', or an import name.",
    # The key is checked against it.
    is_eager=True,
)

key_option = click.Option(
    ["--key"],
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    help="The key of the certificate file.",
    expose_value=False,
    callback=_pair_with_cert,
)

watch_option = click.Option(
    ["--watch"],
    is_flag=True,
    help="Run the changed cells of a notebook again, while it is served.",
)
