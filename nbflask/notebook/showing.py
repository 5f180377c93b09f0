"""How what an app has made is shown below its cell. Loaded when something is."""

from __future__ import annotations

from ..client.received import ClientResponse
from ..explain import Explanation
from ..outline import Branch
from ..recording import Trace
from ..server import Server
from .display import blueprints, response, routes, trace, why
from .magics.requests import read_bounded
from .magics.serve import show_log
from .requests.conversation import Responses
from .requests.look import view_of
from .serving.log import RequestLog
from .session import Notebook


def show_response(notebook: Notebook, answered: ClientResponse) -> None:
    if notebook.shows_for_the_first_time(answered):
        limits = notebook.settings
        cut = read_bounded(answered, limits.body_limit, limits.time_limit)
        notebook.show(response.card(view_of(answered, notebook.shell, truncated=cut)))
    elif is_terminal(notebook):
        print(f"<{answered.status}>")  # it has written Out[n]: already


def show_responses(notebook: Notebook, answers: Responses) -> None:
    fresh = [each for each in answers if not notebook.has_shown(each)]
    for each in fresh:
        show_response(notebook, each)
    if not fresh and is_terminal(notebook):
        print(*(f"<{each.status}>" for each in answers))


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
    notebook.show_once(server, link)


def show_explanation(notebook: Notebook, explanation: Explanation) -> None:
    notebook.show_once(explanation, why.card(explanation))


def show_trace(notebook: Notebook, traced: Trace) -> None:
    notebook.show_once(traced, trace.card(traced))


def show_branch(notebook: Notebook, branch: Branch) -> None:
    notebook.show_once(branch, blueprints.card(branch))


def is_terminal(notebook: Notebook) -> bool:
    return not hasattr(notebook.shell, "kernel")
