"""Asks a module's app in a process of its own, where `flask` is Flask.

    python alone.py app.py <requests.json

Requests are what a test client takes. The answers are said as JSON: which framework
the app is of, and of each response status, headers and body.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

#: Pages with charts have new ones each time.
RANDOM = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PROJECT = Path(__file__).parent.parent


def answers_of(module: Path, requests: list[dict[str, Any]], *how: str) -> Any:
    """Return what a module's app answers, in a new process: ("flask", [[200, …], …]).

    `how` is said to Python before the program: -m nbflask.alias.
    """
    command = [sys.executable, *how, __file__, str(module)]
    kept = {k: v for k, v in os.environ.items() if "FLASK" not in k}
    done = subprocess.run(
        command,
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={**kept, "PYTHONPATH": str(PROJECT), "MPLBACKEND": "agg"},
    )
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


def main() -> None:
    spec = spec_from_file_location("module", sys.argv[1])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["module"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    client = module.app.test_client()
    answers = [seen(client.open(**each)) for each in json.load(sys.stdin)]
    frameworks = {
        each.__module__.partition(".")[0] for each in type(module.app).__mro__
    }
    framework = "flask" if "flask" in frameworks else "nbflask"
    print(json.dumps([framework, answers]))


def seen(response: Any) -> list[Any]:
    headers = sorted(map(list, response.headers))
    body = RANDOM.sub("…", response.get_data().decode("latin-1"))
    return [response.status, headers, body]


if __name__ == "__main__":
    main()
