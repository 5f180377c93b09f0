"""How the notebook layer is put into a shell, and taken out again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..app import Flask
from ..ctx import ADVISERS
from ..doors import DOORS
from ..explain import Explanation
from ..outline import Branch
from ..recording import Trace
from ..registry import policies
from ..registry.editions import between_runs
from ..server import Server
from ..testing import ClientResponse
from .cells.transforms import TRANSFORMERS
from .display import Card
from .display import blueprints as blueprints_card
from .display import response as response_card
from .display import routes as routes_card
from .display import trace as trace_card
from .display import why as why_card
from .magics.contexts import advisers
from .magics.requests import read_bounded
from .magics.serve import show_log
from .magics.table import MAGICS, bound
from .requests.conversation import Responses
from .requests.look import view_of
from .serving.log import RequestLog
from .session import Notebook
from .tab.completion import Surroundings, matcher

RUNNER = "nbflask.notebook:run"
_runner_before = DOORS["runner"]

#: What functions return, and the cards that show it.
CARDS: dict[type[Any], Callable[[Any], Card]] = {
    Explanation: why_card.card,
    Trace: trace_card.card,
    Branch: blueprints_card.card,
}


def begin(shell: Any) -> Notebook:
    """Make apps live, and show responses as cards."""
    notebook = Notebook(shell)
    notebook.watch.start()
    notebook.contexts.start()
    switch(notebook, live=notebook.settings.live)
    notebook.settings.observe(lambda change: switch(notebook, change.new), "live")
    shell.configurables.append(notebook.settings)
    DOORS["runner"] = RUNNER
    show_by_type(notebook)
    notebook.last_failure.start()
    return notebook


def end(notebook: Notebook) -> None:
    """Undo `begin`."""
    switch(notebook, live=False)
    notebook.contexts.stop()
    notebook.watch.stop()
    notebook.serving.stop()
    notebook.live.stop()
    notebook.last_failure.stop()
    notebook.shell.configurables.remove(notebook.settings)
    DOORS["runner"] = _runner_before
    formatters = notebook.shell.display_formatter
    for kind in (ClientResponse, Responses, RequestLog, Server, *CARDS):
        formatters.ipython_display_formatter.pop(kind, None)


def switch(notebook: Notebook, live: bool) -> None:
    """Let the live rules hold, in cells and in what goes on between them, or not."""
    if live:
        policies.set_default(between_runs(notebook.shell.user_ns))
    else:
        policies.set_default()
    notebook.watch.switch(live=live)


def show_by_type(notebook: Notebook) -> None:
    formatters = notebook.shell.display_formatter

    def show_response(response: ClientResponse) -> None:
        if notebook.shows_for_the_first_time(response):
            limits = notebook.settings
            cut = read_bounded(response, limits.body_limit, limits.time_limit)
            view = view_of(response, notebook.shell, truncated=cut)
            notebook.show(response_card.card(view))
        elif not hasattr(notebook.shell, "kernel"):
            print(f"<{response.status}>")  # a terminal has written Out[n]: already

    def show_responses(responses: Responses) -> None:
        fresh = [each for each in responses if not notebook.has_shown(each)]
        for response in fresh:
            show_response(response)
        if not fresh and not hasattr(notebook.shell, "kernel"):
            print(*(f"<{each.status}>" for each in responses))

    for kind, card in CARDS.items():
        show_data(notebook, kind, card)
    show_data(notebook, Server, partial(server_card, notebook))
    own = formatters.ipython_display_formatter
    own.for_type(ClientResponse, show_response)
    own.for_type(RequestLog, lambda log: show_log(notebook))
    own.for_type(Responses, show_responses)


def server_card(notebook: Notebook, server: Server) -> Card:
    address = notebook.address_of(server)
    return routes_card.link(
        notebook.link_to(server),
        running=server.running,
        local=server.url if address.is_public else "",
        notes=address.notes,
    )


def show_data(notebook: Notebook, kind: type[Any], card: Callable[[Any], Card]) -> None:
    """Show what is of one type as a card, once in each cell."""

    def show(thing: Any) -> None:
        if notebook.shows_for_the_first_time(thing):
            notebook.show(card(thing))

    formatter = notebook.shell.display_formatter.ipython_display_formatter
    formatter.for_type(kind, show)


def load_magics(notebook: Notebook) -> None:
    """Add the magics and the names. Loading again changes nothing."""
    shell = notebook.shell
    if "route" not in shell.magics_manager.magics["cell"]:
        for magic in MAGICS:
            run = bound(magic, notebook)
            shell.register_magic_function(run, magic.kind, magic.name)
        shell.input_transformers_cleanup.extend(TRANSFORMERS)
        ADVISERS.update(advisers(shell))
        add_completion(notebook)
    added = notebook.add_names()
    if added:
        print(f"nbflask added {', '.join(added)}")


def unload_magics(notebook: Notebook) -> None:
    """Take magics, names and transformers back."""
    shell = notebook.shell
    for magic in MAGICS:
        for known in shell.magics_manager.magics.values():
            known.pop(magic.name, None)
    for transform in TRANSFORMERS:
        if transform in shell.input_transformers_cleanup:
            shell.input_transformers_cleanup.remove(transform)
    ADVISERS.clear()
    matchers = shell.Completer.custom_matchers
    if notebook.matcher in matchers:
        matchers.remove(notebook.matcher)
    notebook.take_names_back()


def add_completion(notebook: Notebook) -> None:
    """Let Tab know of the app, and of the magics by their help."""
    helps = {magic.name: magic.usage for magic in MAGICS}
    names = notebook.shell.user_ns

    def ask() -> Surroundings:
        app = names.get(notebook.app_name)
        return Surroundings(app if isinstance(app, Flask) else None, helps, names)

    notebook.matcher = matcher(ask)
    notebook.shell.Completer.custom_matchers.append(notebook.matcher)
