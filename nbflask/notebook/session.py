"""What a notebook's magics share: the shell, the settings, the app they act on,
its clients and its server."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from IPython.display import display

from ..app import Flask
from ..grammar.errors import LineError
from .cells import notices
from .cells.contexts import Contexts
from .cells.formers import Formers
from .cells.interrupts import Interrupts
from .cells.journal import Journal
from .cells.watch import AtEnd, CellWatch, Ended
from .failures.last import CurrentContexts, LastFailure
from .failures.logged import OwnLog
from .live import LiveDisplays
from .settings import NBFlask

if TYPE_CHECKING:
    from ..server import Server
    from ..testing import FlaskClient
    from .names import AddedNames
    from .requests.conversation import Conversation
    from .requests.ledger import Ledger
    from .serving.public import Address
    from .serving.starting import Asked, Serving

OPEN_TO_ALL = (
    "Everybody on the network can reach {host}, and with it what your views do: ask for"
    " a secret with --token (app.run(token=True)), or serve on --host 127.0.0.1"
)


class Notebook:
    """One notebook: everything that its magics remember from cell to cell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.settings = NBFlask(parent=shell)
        self.watch = CellWatch(shell)
        self.contexts = Contexts(shell, self.watch, self.explain_failure)
        interrupts = Interrupts(shell)
        self.journal = Journal(shell)
        self.watch.heed = (
            self.contexts.heed,
            self.journal.heed,
            self.heed_app,
            self.heed_changes,
            interrupts.heed,
        )
        self.last_failure = LastFailure(shell, self.watch.fail)
        self.log = OwnLog(self.last_failure)
        self.live = LiveDisplays(shell)
        #: How many cells have changed the app, and what is called after each, by name.
        self.changes = 0
        self.when_changed: dict[str, Callable[[], object]] = {}
        self.formers = Formers()
        #: What completes the magics' lines, once they are loaded.
        self.matcher: Any = None
        self.app_name = "app"
        self._clients: tuple[Any, dict[str, FlaskClient]] = (None, {})
        # In which run each thing was last shown: once is enough.
        self._shown: WeakKeyDictionary[object, int] = WeakKeyDictionary()

    @cached_property
    def names(self) -> AddedNames:
        """What loading has added to the notebook's variables."""
        from .names import AddedNames

        return AddedNames(self.shell)

    @cached_property
    def serving(self) -> Serving:
        """The server in the background, and what visitors ask of it."""
        from .serving.starting import Serving

        serving = Serving(
            lambda error, story: self.explain_failure(error, story.contexts),
            self.settings,
        )
        serving.log.heard.append(self.live.touch)
        return serving

    def stop_serving(self) -> None:
        """Stop the server, if there has been one."""
        if "serving" in self.__dict__:
            self.serving.stop()

    @cached_property
    def conversation(self) -> Conversation:
        """What .http cells have said."""
        from .requests.conversation import Conversation

        return Conversation(self.watch)

    @cached_property
    def ledger(self) -> Ledger:
        """What cells have sent, and how it was answered."""
        from .requests.ledger import Ledger

        return Ledger(self.watch)

    @property
    def app(self) -> Flask:
        """The app that the notebook's variable holds at this moment."""
        app = self.shell.user_ns.get(self.app_name)
        if isinstance(app, Flask):
            return app
        name = self.app_name
        refuse_flasks_own(app, name)
        what = f"{name!r} is of type {type(app).__name__}, not an app"
        if app is None:
            what = f"There is no variable named {name!r}"
        raise LineError(
            f"{what}: write {name} = Flask(__name__), or name another with %flask use"
            " NAME"
        )

    def use(self, name: str) -> Flask:
        """Act on the app in another variable from now on."""
        before, self.app_name = self.app_name, name
        try:
            return self.app
        except LineError:
            self.app_name = before
            raise

    def client(self, name: str | None = "") -> FlaskClient:
        """Return the client of this name, with its cookies, for the current app.

        None is a client that keeps none.
        """
        app = self.app
        if name is None:
            jarless: FlaskClient = app.test_client(use_cookies=False)
            return jarless
        known, clients = self._clients
        if known is not app:
            clients = {}
            self._clients = (app, clients)
        if name not in clients:
            clients[name] = app.test_client()
        return clients[name]

    def forget_cookies(self) -> None:
        """Empty the jars of all clients."""
        self._clients = (None, {})

    def run(self, resolve: Callable[[], Any], asked: Asked) -> Server:
        """Serve in the background, and say where. Returns the server."""
        former, pin = self.serving.server, self.serving.pin
        url = None if former is None else former.url
        try:
            server = self.serving.start(resolve, asked)
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise LineError(str(reason)) from None
        # Known from now on: Colab's page answers a cell, and no thread of a server.
        self.address_of(server)
        if server is not former:
            self._tell_of_start(server, url)
        self._tell_of_danger(server)
        if self.serving.pin not in {None, pin}:
            print(f"The debugger asks for this PIN: {self.serving.pin}")
        elif self.serving.pin != pin:
            print(f"The debugger is off: it is not for {server.host}")
        return server

    def restart(self) -> Server:
        """Restart the server, with the settings of now. Raises LineError if none is
        running."""
        server = self.running_server()
        self.serving.restart(server)
        self._tell_of_danger(server)
        return server

    def _tell_of_start(self, server: Server, former: str | None) -> None:
        """Print what is not as one would think."""
        if former is not None:
            print(f"No longer serving on {former}")
        if server.moved_from is not None:
            print(f"Port {server.moved_from} is taken; this one is free: {server.port}")

    def _tell_of_danger(self, server: Server) -> None:
        """Print that a server is open to all, each time that it is started or kept."""
        if is_open_to_all(server):
            print(OPEN_TO_ALL.format(host=server.host))

    def explain_failure(
        self, error: BaseException, contexts: CurrentContexts = None
    ) -> str:
        """Return what is told of an exception that no cell has raised, such as one
        that a visitor of the server met. %debug opens it from now on."""
        from .display.response import failure_text
        from .failures.chains import failure_of

        self.last_failure.note(error, contexts)
        return failure_text(failure_of(error, self.shell))

    def evaluate(self, expression: str) -> object:
        """Return the value of a Python expression in the notebook."""
        return eval(expression, self.shell.user_ns)

    def show(self, thing: object) -> None:
        """Display a card, or whatever else, below the cell."""
        display(thing)  # type: ignore[no-untyped-call]

    def has_shown(self, thing: object) -> bool:
        """Whether this cell has shown a thing already."""
        return self._shown.get(thing) == self.watch.count

    def shows_for_the_first_time(self, thing: object) -> bool:
        """Whether this cell has not shown a thing yet; from now on it has."""
        fresh = not self.has_shown(thing)
        self._shown[thing] = self.watch.count
        return fresh

    def show_once(self, thing: object, card: object) -> None:
        """Display a thing as a card, once in each cell."""
        if self.shows_for_the_first_time(thing):
            self.show(card)

    def heed_changes(self) -> AtEnd:
        """Remember what the app has; return what shows it anew if that has changed."""
        had = self._table_shown()

        def show_anew(ended: Ended) -> None:
            if had is not None and self._table_shown() is not had:
                self.changes += 1
                for act in list(self.when_changed.values()):
                    act()
                self.live.touch()

        return show_anew

    def _table_shown(self) -> Any:
        """Return what the app has, if a display depends on it."""
        app = self.shell.user_ns.get(self.app_name)
        shown = self.live.is_busy and isinstance(app, Flask)
        return app.registry.table if shown else None

    def running_server(self) -> Server:
        """Return the server. Raises LineError if none is running."""
        server = self.serving.server
        if server is None:
            raise LineError("No server is running: start one with %flask run")
        return server

    def address_of(self, server: Server) -> Address:
        """Return where the person's browser finds a server."""
        if server is self.serving.server:
            return self.serving.address_of(server)
        from .serving.public import Address

        return Address(server.url, server.url)

    def link_to(self, server: Server, path: str = "") -> str:
        """Return a link for the person's browser, with the token if it is needed."""
        address = self.address_of(server)
        if not server.token:
            return f"{address.url}{path}" if path else address.link
        before, mark, fragment = (path or "/").partition("#")
        joint = "&" if "?" in before else "?"
        return f"{address.url}{before}{joint}token={server.token}{mark}{fragment}"

    def heed_app(self) -> AtEnd:
        """Remember the app at a cell's beginning; return what to do at its end."""
        name = self.app_name
        former = self.shell.user_ns.get(name)

        def tell_of_new_app(ended: Ended) -> None:
            app = self.shell.user_ns.get(name)
            if not isinstance(app, Flask):
                return
            if app is not former and isinstance(former, Flask):
                self.formers.remember(name, former)
                left = self.formers.left(name, app)
                told = notices.left_behind(name, app, left, ended.owner)
                if told is not None:
                    self.watch.tell(told)
            self.formers.forget_done(name, app)

        return tell_of_new_app


def is_open_to_all(server: Server) -> bool:
    """Whether others than this machine's users can ask, and need no secret."""
    from .serving.jupyter import is_loopback

    return not server.token and not is_loopback(server.host)


def refuse_flasks_own(thing: object, name: str) -> None:
    """Raise LineError for an app or a blueprint of the package flask."""
    flask = sys.modules.get("flask")
    for kind in ("Flask", "Blueprint"):
        theirs = getattr(flask, kind, None)
        if isinstance(theirs, type) and isinstance(thing, theirs):
            raise LineError(
                f"{name} is the {kind} of the package flask: import {kind} from nbflask"
            )
