"""How what an app has made is shown below its cell. Loaded when something is."""

from __future__ import annotations

from ..client.received import ClientResponse
from ..explain import Explanation
from ..outline import Branch
from ..recording import Trace
from ..server import Server
from .display import blueprints, response, routes, trace, why
from .display.page import Card
from .magics.requests import read_bounded
from .magics.serve import show_log
from .requests.conversation import Responses
from .requests.look import view_of
from .serving.log import RequestLog
from .session import Notebook


def show_response(notebook: Notebook, answered: ClientResponse) -> None:
    if notebook.has_shown(answered):
        name(notebook, answered.status)
        return
    limits = notebook.settings
    cut = read_bounded(answered, limits.body_limit, limits.time_limit)
    view = view_of(answered, notebook.shell, truncated=cut)
    notebook.show_once(answered, response.card(view))


def show_responses(notebook: Notebook, answers: Responses) -> None:
    fresh = [each for each in answers if not notebook.has_shown(each)]
    for each in fresh:
        show_response(notebook, each)
    if not fresh:
        name(notebook, *(each.status for each in answers))


def show_requests(notebook: Notebook, log: RequestLog) -> None:
    show_log(notebook)


def show_server(notebook: Notebook, server: Server) -> None:
    address = notebook.address_of(server)
    link = routes.link(
        notebook.link_to(server),
        running=server.running,
        local=server.url if address.is_public else "",
        notes=address.notes,
    )
    show_or_name(notebook, server, link, "Server")


def show_explanation(notebook: Notebook, explanation: Explanation) -> None:
    show_or_name(notebook, explanation, why.card(explanation), "Explanation")


def show_trace(notebook: Notebook, traced: Trace) -> None:
    show_or_name(notebook, traced, trace.card(traced), "Trace")


def show_branch(notebook: Notebook, branch: Branch) -> None:
    show_or_name(notebook, branch, blueprints.card(branch), "Branch")


def show_or_name(notebook: Notebook, thing: object, card: Card, called: str) -> None:
    """Show a thing as a card; where this cell has shown it already, name it."""
    if notebook.has_shown(thing):
        name(notebook, called)
    notebook.show_once(thing, card)


def name(notebook: Notebook, *things: str) -> None:
    """Name things in a terminal, which has written Out[n]: and wants more than that."""
    if not hasattr(notebook.shell, "kernel"):
        print(*(f"<{each}>" for each in things))
