"""The file for Ray Serve as text; tests/cluster has it served."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from nbflask.export.deployment.ray import NEEDS, ray_serve

RULES = "E,F,W,I,B,UP,SIM,C4,RUF,PIE,RET"


def imports(text: str) -> set[str]:
    """Return the top-level modules that a text imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize(
    ("module", "variable", "name"),
    [("app", "app", "serve_app"), ("shop.web", "site", "serve_shop")],
)
def test_it_serves_the_variable_of_the_module_under_its_own_name(
    module, variable, name
):
    text = ray_serve(module, variable, name)
    assert f"    from {module} import {variable}\n\n    return {variable}\n" in text
    assert f"serve run --working-dir . {name}:service " in text
    assert text.startswith(f'"""The app of {module.replace(".", "/")}.py on a Ray ')


@pytest.mark.parametrize("command", [["check", f"--select={RULES}"], ["format"]])
def test_ruff_has_nothing_to_change(command):
    for text in (ray_serve(), ray_serve("shop.web", "site", "serve_shop")):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--diff", "-"]
        done = subprocess.run(ruff, input=text, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_it_imports_ray_an_adapter_and_the_app():
    third = imports(ray_serve("shop")) - sys.stdlib_module_names
    assert third == {*NEEDS, "shop"}


def test_its_app_is_imported_by_replicas_and_not_by_who_reads_it():
    tree = ast.parse(ray_serve("shop"))
    of_the_module = [each for each in tree.body if isinstance(each, ast.ImportFrom)]
    assert "shop" not in {each.module for each in of_the_module}


def test_what_writes_it_loads_no_ray():
    code = (
        "import nbflask.export.deployment.ray, sys;"
        " print({'ray', 'a2wsgi'} & {*sys.modules})"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_it_is_the_same_each_time():
    assert ray_serve("shop") == ray_serve("shop") != ray_serve("app")
