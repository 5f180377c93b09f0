"""What this package adds to Jinja: environments that follow an app, and loaders of
what it has been given. Whoever imports it has Jinja loaded.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from jinja2 import BaseLoader, Template, TemplateNotFound
from jinja2 import Environment as BaseEnvironment
from jinja2.environment import create_cache

from ..ctx import table_in_use
from ..registry.attributes import TemplateNames
from . import compiled
from .strings import StringTemplates

Source = tuple[str, "str | None", "Callable[[], bool] | None"]


class Following(BaseEnvironment):
    """An environment of Jinja's whose names and compiled templates follow an app.

    Filters, tests and globals that the app registers lie over its own. Compiled
    templates are kept with the names they were compiled with.
    """

    #: Whether templates given as strings are kept too. One that somebody has made his
    #: own way may be set up behind our back.
    keeps_strings: ClassVar[bool] = False

    def follow(self, app: Any) -> None:
        """Show what the app registers, from now on."""
        self.app = app
        self._look_through("filters", "filter")
        self._look_through("tests", "test")
        self._look_through("globals", "global")

    def _look_through(self, attribute: str, kind: str) -> None:
        def table() -> Any:
            return table_in_use(self.app)

        base = getattr(self, attribute)
        window: Any = TemplateNames(self.app.registry, kind, base, table)
        setattr(self, attribute, window)

    # A template knows its environment, so a table that held templates would keep
    # every environment alive, each overlay too. It holds a key to them, and the
    # environment what the key is for: either may end and take the templates along.

    @property
    def cache(self) -> Any:
        keys = table_in_use(self.app).template_caches
        key = keys.get(self)
        if key is None:
            key = keys[self] = Key()
        cache = self._caches.get(key)
        if cache is None:
            cache = self._caches[key] = create_cache(self._cache_size)
        return cache

    @cache.setter
    def cache(self, cache: Any) -> None:
        # Jinja hands over a cache when it sets up; how large it is, is what counts.
        self._cache_size = getattr(cache, "capacity", 0 if cache is None else -1)
        self._caches: WeakKeyDictionary[Key, Any] = WeakKeyDictionary()
        self._strings = StringTemplates() if self.keeps_strings else None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        # Another one each time: what was compiled before may not hold any more.
        self.__dict__["_touched"] = object()


class Environment(Following):
    """The environment that an app makes, unless it says otherwise."""

    template_class = compiled.Template
    keeps_strings = True

    def __init__(self, app: Any, **options: Any) -> None:
        self.app = app
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()
        super().__init__(**options)
        self.globals.update(app.template_globals())
        self.follow(app)


def following(environment: BaseEnvironment, app: Any) -> Any:
    """Return an environment that an app has made its own way, and that follows it as
    one of ours does."""
    if not isinstance(environment, Following):
        kind, cache = type(environment), vars(environment).pop("cache")
        own: Any = {}
        if kind.template_class is Template:
            own["template_class"] = compiled.Template
        environment.__class__ = type(kind.__name__, (Following, kind), own)
        environment.cache = cache
        environment.follow(app)  # type: ignore[attr-defined]
    return environment


class Key:
    """Stands for the templates that one environment compiled with some names."""


class WrittenTemplates(BaseLoader):
    """Finds the templates that an app was given as text."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> Source:
        """Return a source, and what stands for its file where errors are shown."""
        found = table_in_use(self.app).templates.get(template)
        if found is None:
            raise TemplateNotFound(template)
        source, filename = found.target, found.filename
        # Without a time of change, so that it is not looked for on the disk.
        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)
        # Never out of date: a changed one comes with a cache of its own.
        return source, filename, lambda: True

    def list_templates(self) -> list[str]:
        """Return the names of these templates."""
        return list(table_in_use(self.app).templates)


class DispatchingJinjaLoader(BaseLoader):
    """Looks for a template among those given as text, in the app's folder, then in
    each blueprint's."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> Source:
        """Return source, file and freshness check. Raises TemplateNotFound."""
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            return self._explain(environment, template)
        for _, loader in self._iter_loaders(template):
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                continue
        raise TemplateNotFound(template)

    def _explain(self, environment: BaseEnvironment, template: str) -> Source:
        from ..debughelpers import explain_template_loading_attempts

        attempts = []
        for owner, loader in self._iter_loaders(template):
            try:
                source = loader.get_source(environment, template)
            except TemplateNotFound:
                source = None
            attempts.append((loader, owner, source))
        explain_template_loading_attempts(self.app, template, attempts)
        for _, _, source in attempts:
            if source is not None:
                return source
        raise TemplateNotFound(template)

    def _iter_loaders(self, template: str) -> Iterator[tuple[Any, BaseLoader]]:
        if table_in_use(self.app).templates:
            yield self.app, WrittenTemplates(self.app)
        for owner in (self.app, *self.app.iter_blueprints()):
            if owner.jinja_loader is not None:
                yield owner, owner.jinja_loader

    def list_templates(self) -> list[str]:
        """Return the names of all templates that can be loaded."""
        loaders = (loader for _, loader in self._iter_loaders(""))
        return list({name for loader in loaders for name in loader.list_templates()})
