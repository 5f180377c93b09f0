"""Views written as classes. How a view is registered and called is elsewhere:
as_view gives a plain function.
"""

from __future__ import annotations

import typing as t

from .ctx import current_app_context, current_request_context

if t.TYPE_CHECKING:
    from .typing import ResponseReturnValue, RouteCallable

#: The methods of a MethodView that answer requests.
http_method_funcs = frozenset(
    {"delete", "get", "head", "options", "patch", "post", "put", "trace"}
)


class View:
    """A view as a class: define dispatch_request in a subclass, register as_view.

    app.add_url_rule("/hello/<name>", view_func=Hello.as_view("hello")) calls
    Hello().dispatch_request(name=…).
    """

    #: The HTTP methods to register, as in add_url_rule.
    methods: t.ClassVar[t.Collection[str] | None] = None

    #: Whether OPTIONS is answered for the view, as in add_url_rule.
    provide_automatic_options: t.ClassVar[bool | None] = None

    #: Applied to the function that as_view makes, the first one innermost.
    decorators: t.ClassVar[list[t.Callable[..., t.Any]]] = []

    #: Whether each request gets an instance of its own. If False, one instance
    #: serves all: quicker, and request data must not be kept on self.
    init_every_request: t.ClassVar[bool] = True

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer a request; the URL's values come as keywords."""
        raise NotImplementedError()

    @classmethod
    def as_view(
        cls, name: str, *class_args: t.Any, **class_kwargs: t.Any
    ) -> RouteCallable:
        """Return a view function of the given name.

        Its instances are made with the further arguments. Its view_class
        attribute may be replaced while the application runs.
        """
        shared = None if cls.init_every_request else cls(*class_args, **class_kwargs)

        def view(**url_values: t.Any) -> ResponseReturnValue:
            instance: t.Any = shared
            if instance is None:
                instance = published.view_class(*class_args, **class_kwargs)
            ensure_sync = current_app_context().app.ensure_sync
            answer: ResponseReturnValue = ensure_sync(instance.dispatch_request)(
                **url_values
            )
            return answer

        # Named before it is decorated: decorators may read the name.
        view.__name__ = name
        view.__module__ = cls.__module__
        published: t.Any = view
        for decorator in cls.decorators:
            published = decorator(published)
        _describe(published, cls, name)
        return t.cast("RouteCallable", published)


def _describe(view: t.Any, cls: type[View], name: str) -> None:
    """Put on the function what registration and documentation tools read."""
    view.view_class = cls
    view.__name__ = name
    for shared in ("__doc__", "__module__", "methods", "provide_automatic_options"):
        setattr(view, shared, getattr(cls, shared))


class MethodView(View):
    """A view with one method per HTTP method: get, post, put, …

    The HTTP methods to register are read off the class and its bases, unless it
    sets methods itself. Without head, get answers HEAD.
    """

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        super().__init_subclass__(**kwargs)
        if "methods" in cls.__dict__:
            return
        methods = {key.upper() for key in http_method_funcs if hasattr(cls, key)}
        for base in cls.__bases__:
            methods.update(getattr(base, "methods", None) or ())
        # Nothing found leaves None: a base that is not meant to be registered.
        if methods:
            cls.methods = methods

    def dispatch_request(self, **kwargs: t.Any) -> ResponseReturnValue:
        """Call the method named like the request's."""
        method = current_request_context().request.method
        handler = getattr(self, method.lower(), None)
        if handler is None and method == "HEAD":
            handler = getattr(self, "get", None)
        assert handler is not None, f"Unimplemented method {method!r}"
        ensure_sync = current_app_context().app.ensure_sync
        answer: ResponseReturnValue = ensure_sync(handler)(**kwargs)
        return answer
