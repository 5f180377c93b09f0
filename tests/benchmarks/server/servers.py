"""The serving process: python -m tests.benchmarks.server.servers NAME.

Says its port, then does what it is told, line by line: `compute` keeps the main thread
busy as a notebook's cell does, `rest` lets it wait. Ends when its input does.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

HELLO = "Hello, World!"
CELLS = (
    "%load_ext nbflask",
    f"@app.get('/')\ndef hello():\n    return {HELLO!r}",
    "server = %flask run --port 0",
)


def flask_app() -> Any:
    from flask import Flask

    return with_view(Flask("benchmark"))


def nbflask_app() -> Any:
    from nbflask import Flask

    return with_view(Flask("benchmark"))


def with_view(app: Any) -> Any:
    app.get("/")(lambda: HELLO)
    return app


def on_werkzeug() -> int:
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, flask_app(), threaded=True)
    return serving(server.serve_forever, server.server_port)


def on_waitress() -> int:
    from waitress.server import create_server

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(nbflask_app(), host="127.0.0.1", port=0, threads=8)
    return serving(server.run, int(server.effective_port))


def on_cheroot() -> int:
    from cheroot.wsgi import Server

    server = Server(("127.0.0.1", 0), nbflask_app(), numthreads=8)
    server.prepare()
    return serving(server.serve, server.bind_addr[1])


def on_nbflask() -> int:
    from nbflask.server import Server

    app = nbflask_app()
    return Server(lambda: app, port=0).start().port


def in_a_notebook() -> int:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    with redirect_stdout(sys.stderr):
        for cell in CELLS:
            shell.run_cell(cell).raise_error()
    return int(shell.user_ns["server"].port)


def serving(serve: Callable[[], object], port: int) -> int:
    threading.Thread(target=serve, daemon=True).start()
    return port


#: Each server by its name; the first is the yardstick.
SERVERS: dict[str, Callable[[], int]] = {
    "Flask on Werkzeug": on_werkzeug,
    "nbflask": on_nbflask,
    "nbflask in a notebook": in_a_notebook,
    "nbflask on waitress": on_waitress,
    "nbflask on cheroot": on_cheroot,
}


class Orders(threading.Thread):
    """Reads what the process shall do."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.computing = threading.Event()
        self.over = False

    def run(self) -> None:
        for line in sys.stdin:
            if line.strip() == "compute":
                self.computing.set()
            else:
                self.computing.clear()
            print("done", flush=True)
        self.over = True
        self.computing.set()


def compute(orders: Orders) -> None:
    number = 1
    while orders.computing.is_set():
        for _ in range(10_000):
            number = number * 7 % 1_000_003


def main(name: str) -> None:
    port = SERVERS[name]()
    orders = Orders()
    orders.start()
    print(port, flush=True)
    while not orders.over:
        orders.computing.wait()
        if not orders.over:
            compute(orders)
    os._exit(0)  # cheroot's threads would wait for more


if __name__ == "__main__":
    main(sys.argv[1])
