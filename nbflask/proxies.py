"""What stands for the context of the moment. Here once, for templates and for
`globals`, which gives these names their types.
"""

from __future__ import annotations

from typing import Any

from werkzeug.local import LocalProxy

from .ctx import current_app_context, current_request_context

app_ctx: Any = LocalProxy(current_app_context)
current_app: Any = LocalProxy(current_app_context, "app")
g: Any = LocalProxy(current_app_context, "g")
request_ctx: Any = LocalProxy(current_request_context)
request: Any = LocalProxy(current_request_context, "request")
session: Any = LocalProxy(current_request_context, "session")
