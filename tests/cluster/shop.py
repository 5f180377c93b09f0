"""The app that is served: it notes which replica began which request."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

from nbflask import Flask, abort, current_app, request, session, url_for

VERSION = 1
FOLDER = Path(os.environ["FOLDER"])  # what the replicas share with the tests

app = Flask(__name__)
app.secret_key = "the same everywhere"


@app.before_request
def note():
    """Add a line to what this replica has begun, in one write."""
    with open(FOLDER / f"{os.getpid()}.begun", "a", encoding="utf-8") as file:
        file.write(f"{request.path}\n")


def wait_for(name: str) -> None:
    while not (FOLDER / name).exists():
        Event().wait(0.01)


@app.get("/work/<number>")
def work(number):
    """Take a moment, and say who did it."""
    Event().wait(0.01)
    return said()


@app.get("/hold/<number>")
def hold(number):
    """Answer when the file `go` is there."""
    wait_for("go")
    return said()


def said():
    name = current_app.config.get("NAME", "")
    return {"pid": os.getpid(), "version": VERSION, "name": name}


@app.get("/stream")
def stream():
    """Begin to answer, and go on when the file `go` is there."""

    def parts():
        yield "begun\n"
        wait_for("go")
        yield "done\n"

    return parts()


@app.get("/visits")
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"], **said()}


@app.post("/size")
def size():
    return {"size": len(request.get_data()), "here": url_for("size")}


@app.get("/health")
def health():
    if (FOLDER / f"{os.getpid()}.ill").exists():
        abort(500)
    return ""
