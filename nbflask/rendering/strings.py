"""Templates that are given as strings: compiled once, not at each rendering.

To compile a string takes Jinja twenty times as long as to render it. What comes out
depends on the source and on how the environment is set up at that moment, which
anybody may change at any time: so each rendering looks whether somebody has. Only what
is written into `vars(environment)`, past its attributes, is not seen.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import chain, repeat
from operator import attrgetter, is_
from typing import Any
from weakref import ref

from jinja2 import (
    ChainableUndefined,
    DebugUndefined,
    Environment,
    StrictUndefined,
    Template,
    Undefined,
    nodes,
)
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from ..ctx import table_in_use
from ..registry.attributes import TemplateNames
from ..registry.table import Table
from ..signals import before_render_template, template_rendered
from .compiled import Template as CompiledTemplate
from .compiled import again

#: So many strings are kept, and none that is longer.
MOST, LONGEST = 256, 20_000
#: What a class of environments compiles with. Where any of this is another's, be it
#: a subclass's or put there from outside, each rendering compiles.
STEPS = (
    *("from_string", "compile", "parse", "_parse", "_tokenize", "preprocess"),
    *("iter_extensions", "lexer", "_generate", "_compile", "code_generator_class"),
    *("getattr", "getitem", "make_globals", "concat", "sandboxed", "handle_exception"),
    *("__getattribute__", "context_class"),
)
steps_of: Callable[[type[Environment]], tuple[Any, ...]] = attrgetter(*STEPS)
USUAL = steps_of(Environment)
TEMPLATES = (Template, CompiledTemplate)
UNDEFINED = (Undefined, ChainableUndefined, DebugUndefined, StrictUndefined)
EXTENSIONS = "jinja2.ext"
#: How Jinja marks a function that wants to be given more than a value.
MARK = "jinja_pass_arg"
#: Jinja's filters whose result depends on what can change in place.
CHANGEFUL = ("tojson", "urlize")
#: Expressions of which a part may be left out.
CHOICES: Any = (nodes.CondExpr, nodes.And, nodes.Or, nodes.Compare)


class StringTemplates:
    """The string templates that one environment has compiled."""

    def __init__(self) -> None:
        self._known: Setup | None = None

    def find(self, environment: Any, source: str) -> Template:
        """Return what `environment.from_string(source)` does, or did."""
        rule, known = environment.autoescape, self._known
        table = table_in_use(environment.app)
        escaped = bool(rule(None) if callable(rule) else rule)
        if known is None or not known.fits(environment, table):
            known = self._known = Setup(environment, table)
        template = known.templates.get((source, escaped))
        if template is None:
            template = environment.from_string(source)
            # Somebody may have changed a setting meanwhile.
            if known.fits(environment, table):
                known.keep(source, escaped, template)
        if before_render_template.receivers or template_rendered.receivers:
            template = again(template)
        return template


class Setup:
    """An environment as it was set up at one moment, and what it has compiled then."""

    def __init__(self, environment: Any, table: Table) -> None:
        self._environment = ref(environment)  # and no copy of it
        self._touched = environment._touched
        self._caches = ref(table.template_caches)
        self._steps = steps_of(type(environment))
        self._marks = marks_of(table)
        self._policies = environment.policies.copy()
        self._extensions = environment.extensions.copy()
        self._own = own_names(environment)
        self._keeps = compiles_as_usual(environment)
        self._changeful = changeful(environment) if self._keeps else ()
        #: By source, and whether values are escaped.
        self.templates: OrderedDict[tuple[str, bool], Template] = OrderedDict()

    def fits(self, environment: Any, table: Table) -> bool:
        """Whether a template would be compiled now as it was for these."""
        return (
            self._touched is environment._touched
            and self._caches() is table.template_caches
            and self._steps == steps_of(type(environment))
            and self._marks == marks_of(table)
            and all(map(is_, self._own, own_names(environment)))
            and self._policies == environment.policies
            and self._extensions == environment.extensions
            and self._environment() is environment
        )

    def keep(self, source: str, escaped: bool, template: Template) -> None:
        """Keep a template, unless it may be another one the next time."""
        if not self._keeps or len(source) > LONGEST:
            return
        if runs_any(template.environment, source, self._changeful):
            return
        if len(self.templates) >= MOST:
            self.templates.popitem(last=False)
        self.templates[source, escaped] = template


def own_names(environment: Any) -> tuple[Any, Any]:
    """Return an environment's filters and tests, without those of its app."""
    filters, tests = environment.filters, environment.tests
    return getattr(filters, "own", filters), getattr(tests, "own", tests)


def marks_of(table: Table) -> list[Any]:
    """Return how an app's filters and tests are marked: what Jinja gives them besides
    a value is compiled as well, and may be marked later."""
    filters, tests = table.names["filter"], table.names["test"]
    if not filters and not tests:
        return []
    registered = chain(filters.values(), tests.values())
    return [*map(getattr, registered, repeat(MARK), repeat(None))]


def compiles_as_usual(environment: Environment) -> bool:
    """Whether compiling runs nobody's code but Jinja's."""
    kind, extensions = type(environment), environment.extensions.values()
    return (
        steps_of(kind) == USUAL
        and kind.template_class in TEMPLATES
        and vars(environment).keys().isdisjoint((*STEPS, "template_class"))
        and isinstance(environment.filters, TemplateNames)
        and isinstance(environment.tests, TemplateNames)
        and environment.finalize is None
        and environment.undefined in UNDEFINED
        and {type(each).__module__ for each in extensions} <= {EXTENSIONS}
    )


def changeful(environment: Environment) -> tuple[str, ...]:
    """Return the names of filters and tests that may have another result next time."""
    kinds = (environment.filters, FILTERS), (environment.tests, TESTS)
    others = [
        name
        for names, usual in kinds
        for name, function in names.copy().items()
        if usual.get(name) is not function
    ]
    return (*CHANGEFUL, *others)


def runs_any(environment: Environment, source: str, names: tuple[str, ...]) -> bool:
    """Whether Jinja may call some filters and tests while it compiles, which it does
    where all that they are given stands in the source."""
    if not any(name in source for name in names):
        return False
    found = environment.parse(source).find_all((nodes.Filter, nodes.Test))
    return any(each.name in names and is_fixed(each) for each in found)


def is_fixed(node: nodes.Node) -> bool:
    """Whether Jinja may be able to tell a value without rendering anything."""
    return node.find(nodes.Name) is None or node.find(CHOICES) is not None
