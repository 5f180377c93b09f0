"""What the panel is filled in with: widgets whose keys the notebook leaves alone.

Arrows and letters are the notebook's unless a text is being typed: it moves its cells
by them. So nothing here is chosen from a list or a bar of tabs; there are texts, which
may offer what to type, and buttons. Tab reaches each. What is typed is told when the
input is left, lest a click on Send overtakes it. Knows no request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ...grammar.errors import LineError
from ..display import explorer as look
from .choices import Field

#: As wide as there is room.
FULL = {"width": "auto"}
WRAPPED = {"flex_flow": "row wrap"}


def text_area(name: str, placeholder: str = "", rows: int = 3) -> Any:
    return widgets.Textarea(
        description=name,
        placeholder=placeholder,
        rows=rows,
        layout=FULL,
        continuous_update=False,
    )


def button(text: str, act: Callable[[Any], None], style: str = "") -> Any:
    made = widgets.Button(description=text, button_style=style)
    made.layout.width = "auto"
    made.on_click(act)
    return made


def chooser(
    name: str,
    placeholder: str,
    take: Callable[[str], None],
    complain: Callable[[str], None],
) -> Any:
    """Return an input that offers options.

    `take` gets the one that is meant, `complain` what is wrong with a text that means
    none.
    """
    made = widgets.Combobox(
        description=name,
        placeholder=placeholder,
        continuous_update=False,
        layout=FULL,
    )

    def choose(change: Any) -> None:
        if not change.new:
            return
        try:
            option = meant(change.new, made.options)
        except LineError as error:
            complain(str(error))
            return
        take(option)
        # It offers only what goes with its text.
        made.value = ""

    made.observe(choose, "value")
    return made


def meant(text: str, options: Sequence[str]) -> str:
    """Return the option that a text is, or else the only one that begins with it, or
    has it in it, in capitals or not. Raises LineError."""
    wanted = text.strip().casefold()
    begun = [each for each in options if each.casefold().startswith(wanted)]
    having = [each for each in options if wanted in each.casefold()]
    for found in ([each for each in begun if each == text.strip()], begun, having):
        if len(found) == 1:
            return found[0]
    if not having:
        raise LineError(f"Nothing goes with {text!r}: choose from what is offered")
    raise LineError(f"{len(having)} go with {text!r}: type more, or choose one")


def tabs(parts: dict[str, Any]) -> tuple[Any, Any]:
    """Return buttons that name the parts, and what shows the one that was chosen."""
    names = widgets.ToggleButtons(options=tuple(parts))
    names.style.button_width = "auto"
    names.add_class(look.TABS)
    # A column, for what stands in it to be as wide as it is.
    column = {"flex_flow": "column"}
    shown = widgets.Stack(tuple(parts.values()), selected_index=0, layout=column)
    shown.add_class(look.TAB)
    # In the browser: a part is shown while the kernel computes, too.
    widgets.jslink((names, "index"), (shown, "selected_index"))
    return names, shown


def field_widget(field: Field, value: str) -> tuple[Any, Any]:
    """Return an input for a variable of the path, and what says if it does not fit."""
    complaint = widgets.HTML()
    hint = {"value": value, "placeholder": field.kind, "continuous_update": False}
    if field.choices:
        made = widgets.Combobox(options=field.choices, **hint)
    else:
        made = widgets.Text(**hint)
    made.description = field.name

    def check(change: Any = None) -> None:
        said = field.complaint(made.value) if made.value else ""
        complaint.value = look.said(said, wrong=True)

    made.observe(check, "value")
    check()
    return made, complaint
