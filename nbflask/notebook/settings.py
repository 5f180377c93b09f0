"""The settings of the notebook layer: `%config NBFlask`."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Float, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

from ..server.limits import Limits


class NBFlask(Configurable):
    """Settings of the notebook layer: `%config NBFlask.add_names = False`."""

    live = Bool(
        True, help="Cells own what they register; False gives Flask's rules back."
    ).tag(config=True)
    add_names = Bool(
        True, help="Loading adds the names that views need and the notebook lacks."
    ).tag(config=True)
    body_limit = Int(16_000_000, help="Reading a response stops at so many bytes.").tag(
        config=True
    )
    time_limit = Float(
        30.0, help="Reading a response stops after so many seconds."
    ).tag(config=True)
    public_url = Unicode(
        "",
        help="Where your browser finds a server, if the environment does not say:"
        ' "https://host/prefix/{port}", or a path on its own host.',
    ).tag(config=True)
    pass_credentials = Bool(
        False, help="The notebook server's own cookies and token reach a served app."
    ).tag(config=True)
    allowed_hosts = List(
        Unicode(),
        help="A server (re)started from now on answers for these names: ['api.test'].",
    ).tag(config=True)
    max_body = Int(
        Limits().body,
        min=0,
        help="A server (re)started from now on refuses a body of more bytes.",
    ).tag(config=True)
    max_connections = Int(
        Limits().connections,
        min=1,
        help="A server (re)started from now on has no more connections at once.",
    ).tag(config=True)
    switch_interval = Float(
        0.0005,
        min=0.0,
        help="A server (re)started from now on waits so many seconds at most for a cell"
        " that computes; 0 leaves Python's own interval.",
    ).tag(config=True)

    @validate("public_url")
    def _check_public_url(self, proposal: Any) -> str:
        from .serving.public import checked

        try:
            return checked(proposal["value"])
        except ValueError as error:
            raise TraitError(str(error)) from None

    @property
    def limits(self) -> Limits:
        """What a server allows its clients."""
        return Limits(body=self.max_body, connections=self.max_connections)
