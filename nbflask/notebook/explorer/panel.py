"""The panel itself, of widgets: what is in it, and what happens when it is used."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, islice
from typing import Any

import ipywidgets as widgets

from ...grammar.errors import LineError
from ...grammar.writing import as_curl, as_magic
from ..display import explorer as look
from .choices import Choice
from .draft import BODIES, Draft
from .inputs import FULL, WRAPPED, button, chooser, field_widget, tabs, text_area

WITHOUT = (
    "This front end shows no widgets, so there is no panel: install ipywidgets where"
    " Jupyter runs and load the page anew, or use %get, %post, %flask routes and"
    " %flask log."
)
NONE_SENT = "nothing was sent yet"
SOME_SENT = "type what to fill in again, or choose it"
#: Requests that can be filled in again.
MOST_SENT = 50
NOTHING = "No routes yet. Define the first with %%route / in a cell."


class Panel:
    """Chooses a route, fills it in and sends it.

    `choices` returns what can be asked, `send` sends a draft and returns the card of
    what came as HTML, `cookies` returns those that will be sent and `forget` empties
    them; `url` returns where curl finds the app.
    """

    def __init__(
        self,
        choices: Callable[[], tuple[Choice, ...]],
        send: Callable[[Draft], str],
        cookies: Callable[[], dict[str, str]],
        forget: Callable[[], None],
        url: Callable[[], str],
    ) -> None:
        self._choices, self._send, self._url = choices, send, url
        self._cookies, self._forget = cookies, forget
        self.chosen: Choice | None = None
        self._offered: dict[str, Choice] = {}
        self._fields: dict[str, Any] = {}
        self._sent: dict[str, Draft] = {}
        self._number = count(1)
        self._make_inputs()
        self._make_outputs()
        self.view = self._arranged()
        self.refresh()

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, Any]:
        """Be the panel where there are widgets, else say what to do."""
        bundle: dict[str, Any] = self.view._repr_mimebundle_()
        return {**bundle, "text/plain": WITHOUT, "text/html": look.said(WITHOUT)}

    def refresh(self) -> None:
        """Offer what the app can be asked now; what is filled in stays."""
        self._offered = {str(each): each for each in self._choices()}
        self.route.options = tuple(self._offered)
        chosen = self._offered.get(str(self.chosen))
        if chosen is None and self._offered:
            chosen = next(iter(self._offered.values()))
        if chosen != self.chosen or chosen is None:
            self._choose(chosen)
        self._note("" if self._offered else NOTHING)

    def draft(self) -> Draft:
        """Return what is filled in. Raises LineError without a route."""
        if self.chosen is None:
            raise LineError(NOTHING)
        values = {name: field.value for name, field in self._fields.items()}
        return Draft(
            self.chosen,
            values,
            self.query.value,
            self.headers.value,
            self.kind.value,
            self.body.value,
            self.cookies.value,
        )

    def fill(self, draft: Draft) -> None:
        """Fill a draft in again, if its route is still there."""
        if str(draft.choice) not in self._offered:
            self._note(f"{draft.choice} is not there any more.")
            return
        self._choose(self._offered[str(draft.choice)])
        for name, value in draft.values.items():
            if name in self._fields:
                self._fields[name].value = value
        self.query.value, self.headers.value = draft.query, draft.headers
        self.kind.value, self.body.value = draft.kind, draft.body
        self.cookies.value = draft.cookies

    # What it is made of

    def _make_inputs(self) -> None:
        hint = "type a route, or choose one"
        self.route = chooser("Route", hint, self._take_route, self._complain)
        self.heading = widgets.HTML(layout=FULL)
        self.variables = widgets.VBox()
        self.query = text_area("Query", "name=value, one on each line")
        self.headers = text_area("Headers", "Name: value, one on each line")
        self.kind = widgets.ToggleButtons(
            options=list(BODIES),
            tooltips=[kind or "no body" for kind in BODIES.values()],
        )
        self.kind.style.button_width = "5em"
        self.body = text_area("Body", rows=6)
        self.about_body = widgets.HTML()
        for each in (self.kind, self.body):
            each.observe(self._check_body, "value")
        self.cookies = text_area("Cookies", "name=value, one on each line")
        self.jar = widgets.HTML()
        self.forget = button("Forget cookies", self._forget_cookies)

    def _make_outputs(self) -> None:
        self.send = button("Send", self._send_draft, style="primary")
        self.as_cell = button("As a cell", self._write_cell)
        self.as_curl = button("As curl", self._write_curl)
        self.note = widgets.HTML()
        self.written = text_area("To copy")
        self.written.layout.display = "none"
        self.card = widgets.HTML(layout=FULL)
        self.sent = chooser("Sent", NONE_SENT, self._fill_again, self._complain)
        self.log = widgets.HTML(layout=FULL)

    def _arranged(self) -> Any:
        body = widgets.VBox([self.kind, self.body, self.about_body])
        jar = widgets.VBox([self.cookies, self.jar, self.forget])
        self.part, part = tabs(
            {
                "Query": self.query,
                "Headers": self.headers,
                "Body": body,
                "Cookies": jar,
                "History": self.sent,
            }
        )
        self.part.observe(self._show_cookies, "index")
        acts = [self.send, self.as_cell, self.as_curl, self.note]
        row = widgets.HBox(acts, layout=WRAPPED)
        style = widgets.HTML(look.style(), layout={"display": "none"})
        asking = [self.route, self.heading, self.variables, self.part, part]
        came = [row, self.written, self.card, self.log]
        whole = widgets.VBox([style, *asking, *came], layout=FULL)
        whole.add_class(look.NAME)
        return whole

    # What happens

    def _take_route(self, route: str) -> None:
        self._note("")
        self._choose(self._offered[route])

    def _choose(self, choice: Choice | None) -> None:
        """Ask for what a choice needs; values for variables of the same name stay."""
        if choice is not None and choice == self.chosen:
            return  # somebody may be typing there
        before = {name: field.value for name, field in self._fields.items()}
        self.chosen, self._fields = choice, {}
        rows = []
        for each in choice.fields if choice is not None else ():
            field, complaint = field_widget(each, before.get(each.name, ""))
            self._fields[each.name] = field
            rows.append(widgets.HBox([field, complaint], layout=WRAPPED))
        self.variables.children = rows
        self.heading.value = heading_of(choice)
        if choice is not None and choice.method in {"GET", "HEAD", "DELETE", "OPTIONS"}:
            self.kind.value = "none"

    def _check_body(self, change: Any = None) -> None:
        try:
            said = self.draft().about_body()
        except LineError:
            said = ""
        self.about_body.value = look.said(said, wrong=said not in {"", "valid JSON"})

    def _show_cookies(self, change: Any = None) -> None:
        cookies = self._cookies()
        kept = [f"{name} = {value}" for name, value in cookies.items()]
        said = "\n".join(["The client sends, too:", *kept]) if kept else ""
        self.jar.value = look.said(said or "The client has no cookies yet.")

    def _forget_cookies(self, _: Any) -> None:
        self._forget()
        self._show_cookies()

    def _send_draft(self, _: Any) -> None:
        try:
            draft = self.draft()
            shown = self._send(draft)
        except LineError as error:
            self._complain(str(error))
            return
        self._note("")
        self.card.value = shown
        self._keep(draft)
        self._show_cookies()

    def _keep(self, draft: Draft) -> None:
        """Offer what was sent, numbered: one path may be asked in many ways."""
        newest = {f"{next(self._number)}. {draft}": draft}
        self._sent = dict(islice((newest | self._sent).items(), MOST_SENT))
        self.sent.options = tuple(self._sent)
        self.sent.placeholder = SOME_SENT

    def _fill_again(self, name: str) -> None:
        draft = self._sent[name]
        self._note(f"Filled in again: {draft}")
        self.fill(draft)

    def _write_cell(self, _: Any) -> None:
        self._write(as_magic)

    def _write_curl(self, _: Any) -> None:
        self._write(lambda request: as_curl(request, self._url()))

    def _write(self, written: Callable[[Any], str]) -> None:
        try:
            text = written(self.draft().request())
        except LineError as error:
            self._complain(str(error))
            return
        self._note("")
        self.written.value = text
        self.written.rows = min(text.count("\n") + 2, 12)
        self.written.layout.display = ""

    def _note(self, text: str) -> None:
        self.note.value = look.said(text)

    def _complain(self, text: str) -> None:
        self.note.value = look.said(text, wrong=True)


def heading_of(choice: Choice | None) -> str:
    if choice is None:
        return ""
    return look.asked(choice.method, choice.rule, choice.endpoint)
