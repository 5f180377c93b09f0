"""Groups of commands: an app's own, and the program's with the app's among them."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from ..app import Flask
from ..ctx import _cv_app
from .check import check_command
from .commands import routes_command, run_command, shell_command
from .export import export_command
from .locate import NoAppException
from .options import app_option, debug_option, env_file_option, version_option
from .script import ScriptInfo, with_appcontext
from .serve import serve_command

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

# Entry point groups that packages put their commands into.
FOR_FLASK = "flask.commands"
PLUGINS = (FOR_FLASK, "nbflask.commands")
#: The program's own: Flask's, and what Flask has not.
COMMANDS = (run_command, shell_command, routes_command)
OURS = (serve_command, export_command, check_command)


class AppGroup(click.Group):
    """A click group whose commands run in the app's context. `app.cli` is one."""

    def command(  # type: ignore[override]
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        """Make a function a command, like click's decorator of this name.

        With `with_appcontext=False` it runs outside of the app's context.
        """
        wrapped = kwargs.pop("with_appcontext", True)
        make_command = super().command

        def decorate(f: Callable[..., Any]) -> click.Command:
            command: click.Command = make_command(*args, **kwargs)(
                with_appcontext(f) if wrapped else f
            )
            return command

        return decorate

    def group(  # type: ignore[override]
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Group]:
        """Make a function a group within this one, an AppGroup as well."""
        kwargs.setdefault("cls", AppGroup)
        return super().group(*args, **kwargs)  # type: ignore[no-any-return]


class FlaskGroup(AppGroup):
    """A program for an app: general commands, those of plugins, those of the app.

    `create_app` makes the app; without it the program has options to find one.
    """

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: Callable[..., Flask] | None = None,
        add_version_option: bool = True,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        **extra: Any,
    ) -> None:
        # Files first, they may say FLASK_APP. All of it is done by the options, so
        # that a group's own callback is free.
        options = [env_file_option, app_option, debug_option]
        if add_version_option:
            options.append(version_option)
        settings = extra.setdefault("context_settings", {})
        settings.setdefault("auto_envvar_prefix", "FLASK")
        super().__init__(params=[*(extra.pop("params", None) or ()), *options], **extra)
        self.create_app = create_app
        self.load_dotenv = load_dotenv
        self.set_debug_flag = set_debug_flag
        if add_default_commands:
            for command in (*COMMANDS, *OURS):
                self.add_command(command)

    @cached_property
    def _plugins(self) -> dict[str, EntryPoint]:
        """The commands that installed packages bring, by name, none of them loaded."""
        from importlib.metadata import entry_points

        return {
            plugin.name: plugin
            for group in PLUGINS
            for plugin in entry_points(group=group)
        }

    def _load_plugin(self, ctx: click.Context, plugin: EntryPoint) -> None:
        """Make a plugin's command one of the program's, or say what is wrong with it:
        a broken plugin must not keep anybody from the other commands."""
        if plugin.group == FOR_FLASK:
            # The app first: it may have this package answer for the plugin's Flask.
            with suppress(Exception):
                ctx.ensure_object(ScriptInfo).load_app()
        try:
            self.add_command(plugin.load(), plugin.name)
        except Exception as error:
            _complain(
                f"Error: The command {plugin.name!r} of {plugin.value!r} cannot be"
                f" loaded: {error}"
            )

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command by its name: of the program or a plugin, else of the app.

        The app's context is entered for a command of the app. If there is no app,
        the reason is printed and the command is unknown.
        """
        plugin = self._plugins.pop(name, None)
        if plugin is not None:
            self._load_plugin(ctx, plugin)
        command = super().get_command(ctx, name)
        if command is not None and not self._yields(ctx, command):
            return command
        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except NoAppException as error:
            if command is None:
                _complain(f"Error: {error.format_message()}")
            return command
        except Exception:
            if command is None:
                raise
            return command  # which says what is wrong, if it needs the app
        own: click.Command | None = app.cli.get_command(ctx, name)
        context = _cv_app.get(None)
        if own is not None and (context is None or context.app is not app):
            ctx.with_resource(app.app_context())
        return own or command

    def _yields(self, ctx: click.Context, command: click.Command) -> bool:
        """Whether an app's own command of the same name comes first: Flask has none
        such, and this program is an app's, or stands for Flask's."""
        program = (ctx.find_root().info_name or "").split()[-1:]
        return command in OURS and (bool(self.create_app) or program == ["flask"])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, sorted. Why the app's are missing is printed."""
        names = {*super().list_commands(ctx), *self._plugins}
        try:
            names.update(
                ctx.ensure_object(ScriptInfo).load_app().cli.list_commands(ctx)
            )
        except click.ClickException as error:
            _complain(f"Error: {error.format_message()}")
        except Exception:
            # A broken app must not keep anybody from reading the help.
            _complain(traceback.format_exc())
        return sorted(names)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Return the context of a run of the program, with a ScriptInfo."""
        # From here on an unguarded app.run() in the app's module does nothing.
        os.environ["FLASK_RUN_FROM_CLI"] = "true"
        if "obj" not in extra and "obj" not in self.context_settings:
            extra["obj"] = ScriptInfo(
                create_app=self.create_app,
                set_debug_flag=self.set_debug_flag,
                load_dotenv_defaults=self.load_dotenv,
            )
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; for the help alone, the files and FLASK_APP first."""
        asks_for_help = len(args) == 1 and args[0] in self.get_help_option_names(ctx)
        if asks_for_help or (not args and self.no_args_is_help):
            # Click would print the help without having looked at either.
            env_file_option.handle_parse_result(ctx, {}, [])
            app_option.handle_parse_result(ctx, {}, [])
        return super().parse_args(ctx, args)


def _complain(message: str) -> None:
    click.secho(f"{message}\n", err=True, fg="red")
