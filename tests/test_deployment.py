"""The README's module is served by the README's commands, and asked over a socket."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from processes import write

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
SECTION = README.partition("\n## Take it out\n")[2].partition("\n## ")[0]
(MODULE,) = re.findall(r"^```py\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)

#: By a command's last word: have a free port chosen, and leave no file at home.
APART = {
    "run": ["--port", "0"],
    "app:app": ["--bind", "127.0.0.1:0", "--no-control-socket"],
}


@pytest.mark.parametrize("command", COMMANDS.splitlines())
def test_the_readmes_module_is_served_by_the_readmes_commands(command, start):
    words = command.removeprefix("python -m ").split()
    aliased = "nbflask.alias" in words
    module = MODULE.replace("nbflask", "flask") if aliased else MODULE
    # Whose Flask it is shows that a worker is under the alias, too.
    write("app.py", module + "\napp.get('/')(lambda: Flask.__module__)\n")
    process = start("-m", *words, *APART[words[-1]])
    assert json.loads(process.ask("/hello/you")) == {"hello": "you"}
    assert process.ask("/") == "nbflask.app"
    assert process.interrupt() == 0
