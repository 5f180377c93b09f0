"""A compiled template, whose context is made in a fraction of the time.

Jinja asks an environment's names for each of their values, twice for each rendering.
Here they are asked for all of them at once.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import Any, TypeVar

from jinja2 import Template as GeneralTemplate
from jinja2.runtime import Context

from ..registry.attributes import TemplateNames

T = TypeVar("T", bound=GeneralTemplate)

#: How Jinja makes a context. Where somebody has put another way, that one is taken.
GENERAL = GeneralTemplate.new_context


class Template(GeneralTemplate):
    """Jinja's template, as our environments compile it."""

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """Return the context of one rendering, with what `vars` and the globals say."""
        general = GeneralTemplate.new_context is not GENERAL
        # What another template shares is all there already.
        if general or shared or locals or type(self.globals) is not ChainMap:
            return super().new_context(vars, shared, locals)
        names = shown(self.globals)
        return self.environment.context_class(
            self.environment,
            dict(names, **vars or {}),
            self.name,
            self.blocks,
            globals=names,
        )


def shown(names: ChainMap[str, Any]) -> dict[str, Any]:
    """Return what a template's globals are at this moment."""
    found: dict[str, Any] = {}
    for layer in reversed(names.maps):
        found.update(layer.look() if type(layer) is TemplateNames else layer)
    return found


def again(template: T) -> T:
    """Return what the same source would be compiled to once more.

    Who is given a template may keep it, and change what it has for itself.
    """
    anew = object.__new__(type(template))
    anew.__dict__.update(template.__dict__)
    anew.blocks = template.blocks.copy()
    anew.globals = template.environment.make_globals(None)
    return anew
