"""An app as text: all that two of them can differ in. Needs nothing around it, so that
it can be sent to a kernel."""

from __future__ import annotations


def described(app, requests):
    """Return an app as text: what is registered, and what it answers."""
    from nbflask.registry import records as kinds

    def name(function):
        return getattr(function, "__name__", type(function).__name__)

    def facts(record):
        if isinstance(record, kinds.Route):
            return record.rule, sorted(record.methods), record.endpoint
        if isinstance(record, kinds.Hook):
            return record.kind, record.scope, name(record.target)
        if isinstance(record, kinds.ErrorHandler):
            kind = record.exception.__name__
            return record.scope, record.code, kind, name(record.target)
        if isinstance(record, kinds.TemplateName):
            return record.kind, record.name, name(record.target)
        if isinstance(record, kinds.TemplateSource):
            return record.name, record.target.strip()
        if isinstance(record, kinds.StaticFile):
            return record.path, record.target.strip()
        if isinstance(record, kinds.Adapter):
            return record.subject.__name__, name(record.target)
        if isinstance(record, kinds.Mount):
            return record.name, record.options.get("url_prefix")
        return record.key

    found = [
        f"{type(each).__name__} {facts(each)}"
        for each in app.registry.table.records
        if not isinstance(each, (kinds.View, kinds.Detour))
    ]
    client = app.test_client()
    for method, path in requests:
        response = client.open(path, method=method)
        marks = sorted(n for n, _ in response.headers if n.startswith("X-"))
        found.append(
            f"{method} {path}: {response.status} {response.text.strip()} {marks}"
        )
        response.close()
    return "\n".join(sorted(found))
