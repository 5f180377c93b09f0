"""What is measured: the rows of the table, each with the ratio that it is to reach.

A row is data: the name of an app (see `apps`), what it is asked, and what the right
answer is. Nothing is timed here.
"""

from __future__ import annotations

import json
from typing import Any

from .asking import Ask
from .data import ADA, CHUNKS, HELLO, LINKS, RENDERED
from .frameworks import Framework
from .measure import Subject
from .registering import adding, adding_and_asking, routed, siblings
from .workload import Workload, client, says, served


def is_ada(answer: Any) -> bool:
    return says("")(answer) and json.loads(answer[1]) == ADA


def request_context(framework: Framework) -> Subject | None:
    if framework.family != "like_flask":
        return None
    app = framework.app("hello")

    def call() -> Any:
        with app.test_request_context("/users/42") as context:
            return context

    return Subject(call)


GET = Ask()
POST = Ask(method="POST", data=ADA)
LOGIN = Ask(login="/login")
NOWHERE = Ask("/nowhere")
SEARCH = Ask(
    query={"q": "engines", "page": 3},
    headers={"X-Token": "token", "Accept-Language": "en"},
)
hello = says(HELLO)
found = says("engines 3 token en")
greeted = says("Hello, Ada")
rendered = says(RENDERED)
user = says("user 42")

REQUESTS = (
    Workload("hello text", 0.12, served("hello", GET), hello, calls=35),
    Workload("dict to JSON", 0.18, served("mapping", GET), is_ada),
    Workload("/users/<int:id>, 1 rule", 0.15, routed(1), user),
    Workload("/users/<int:id>, 1,000 rules", 0.15, routed(1000), user),
    Workload("/users/<int:id>-n, 1,000 rules", None, siblings(1000), user),
    Workload("POST JSON and echo", 0.20, served("echo", POST), is_ada),
    Workload("query and headers", 0.20, served("search", SEARCH), found),
    Workload("stream of 10 chunks", 0.30, served("stream", GET), says("".join(CHUNKS))),
    Workload("tuple result", 0.25, served("created", GET), says(HELLO, 201)),
)

TEMPLATES = (
    Workload(
        "template from a string", 0.06, served("template_from_string", GET), rendered
    ),
    Workload("template from a file", 0.35, served("template_from_file", GET), rendered),
)

SESSIONS = (
    Workload(
        "session read and written", 0.30, served("session_written", LOGIN), greeted
    ),
    Workload("session read", 0.22, served("session_read", LOGIN), greeted),
    Workload("session untouched", 0.10, served("session_untouched", GET), hello),
)

FLOW = (
    Workload("three hooks of each kind", 0.27, served("hooks", GET), hello),
    Workload("404", 0.15, served("hello", NOWHERE), says("Not Found", 404)),
    Workload(
        "abort(403), handled", 0.25, served("forbidden", GET), says("not for you", 403)
    ),
    Workload(
        "own exception, handled",
        0.20,
        served("out_of_stock", GET),
        says("none left", 409),
    ),
    Workload(
        "four url_for, nested", 0.28, served("links", Ask("/shop/items/7")), says(LINKS)
    ),
)

CLIENTS = (
    Workload("client: get", 0.10, client("hello", GET), hello),
    Workload("client: post JSON", 0.18, client("echo", POST), is_ada),
    Workload("client: session cookie", 0.30, client("session_read", LOGIN), greeted),
    Workload("client: query and headers", 0.17, client("search", SEARCH), found),
    Workload(
        "test_request_context",
        0.13,
        request_context,
        lambda context: context.request.path == "/users/42",
    ),
)

REGISTERING = (
    Workload("adding a route", 0.20, adding, lambda nothing: True),
    Workload(
        "adding to 1,000, and asking",
        0.05,
        adding_and_asking,
        says("new route"),
        rounds=10,
    ),
)

WORKLOADS = (*REQUESTS, *TEMPLATES, *SESSIONS, *FLOW, *CLIENTS, *REGISTERING)
