"""Templates: how they render. What finds and compiles them is in `jinja`, which is
loaded when the first one is needed: many apps have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import proxies
from .ctx import current_app_context
from .current import _cv_app, _cv_request
from .helpers import stream_with_context
from .signals import announce, before_render_template, template_rendered

if TYPE_CHECKING:
    from jinja2 import BaseLoader as BaseLoader
    from jinja2 import Template as Template
    from jinja2 import TemplateNotFound as TemplateNotFound

    from .rendering.jinja import DispatchingJinjaLoader as DispatchingJinjaLoader
    from .rendering.jinja import Environment as Environment

#: What this module has besides, once somebody asks for it.
OF_JINJA = (
    *("Environment", "DispatchingJinjaLoader", "BaseEnvironment", "BaseLoader"),
    *("Template", "TemplateNotFound"),
)
#: Templates get proxies: a compiled one serves many requests.
OF_THE_MOMENT: dict[str, Any] = {
    "request": proxies.request,
    "session": proxies.session,
    "g": proxies.g,
}


def _default_template_ctx_processor() -> dict[str, Any]:
    """Give every template `g`, and `request` and `session` within a request."""
    context: dict[str, Any] = {}
    app_context = _cv_app.get(None)
    if app_context is not None:
        context["g"] = app_context.g
    request_context = _cv_request.get(None)
    if request_context is not None:
        context["request"] = request_context.request
    return context


def prepare(app: Any, template: Template, context: dict[str, Any]) -> None:
    app.update_template_context(context)
    if before_render_template.receivers:
        announce(before_render_template, app, template=template, context=context)


def _render(app: Any, template: Template, context: dict[str, Any]) -> str:
    prepare(app, template, context)
    text = template.render(context)
    if template_rendered.receivers:
        announce(template_rendered, app, template=template, context=context)
    return text


def _stream(app: Any, template: Template, context: dict[str, Any]) -> Iterator[str]:
    prepare(app, template, context)

    def generate() -> Iterator[str]:
        yield from template.generate(context)
        announce(template_rendered, app, template=template, context=context)

    pieces = generate()
    # The context must stay while the pieces are sent.
    return stream_with_context(pieces) if _cv_request.get(None) else pieces


def from_string(app: Any, source: str) -> Template:
    environment: Any = app.jinja_env
    strings = getattr(environment, "_strings", None)
    if type(source) is not str or strings is None:
        template = environment.from_string(source)
    else:
        template = strings.find(environment, source)
    template.source = source  # for those who show where it failed
    return template  # type: ignore[no-any-return]


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Render a template by name, or the first that exists of several."""
    app = current_app_context().app
    template = app.jinja_env.get_or_select_template(template_name_or_list)
    return _render(app, template, context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template given as a string. It is autoescaped."""
    app = current_app_context().app
    return _render(app, from_string(app, source), context)


def stream_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> Iterator[str]:
    """Render a template piece by piece, to be returned from a view."""
    app = current_app_context().app
    template = app.jinja_env.get_or_select_template(template_name_or_list)
    return _stream(app, template, context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a string piece by piece, to be returned from a view."""
    app = current_app_context().app
    return _stream(app, from_string(app, source), context)


def __getattr__(name: str) -> Any:
    if name not in OF_JINJA:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .rendering import jinja

    return getattr(jinja, name)
