"""Running an app's commands in a test, without a shell or a process."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner, Result

from ..app import Flask
from .script import ScriptInfo


class FlaskCliRunner(CliRunner):
    """Runs commands with an app already found. `app.test_cli_runner()` returns it."""

    def __init__(self, app: Flask, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(  # type: ignore[override]
        self, cli: Any = None, args: Any = None, **kwargs: Any
    ) -> Result:
        """Run a command, or the app's group, and return exit code and output.

        `args` is a list of strings or one string; other arguments are those of
        click's `CliRunner.invoke`.
        """
        kwargs.setdefault("obj", ScriptInfo(create_app=lambda: self.app))
        return super().invoke(self.app.cli if cli is None else cli, args, **kwargs)
