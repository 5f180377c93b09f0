"""What a browser sends for the notebook's own server: no affair of the app's.

Cookies know no ports, so the browser sends those of a notebook server on this machine
to an app on it, too; and a proxy passes a notebook server's token on. Whoever has these
can run code in the kernel.
"""

from __future__ import annotations

import os
import re
from typing import Any

#: The cookies of notebook servers, hubs and editors in a browser.
COOKIE = re.compile(
    r"_xsrf|username-.+|jupyter[a-z]*-.+|jupyter_.+|login_token|code-server-session"
    r"|vscode-tkn"
)
#: What says that a notebook server has passed a request on.
PROXIED = ("HTTP_X_FORWARDED_CONTEXT", "HTTP_X_PROXYCONTEXTPATH")
#: Where the environment has their tokens.
TOKENS = ("JUPYTER_TOKEN", "JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN", "KERNEL_AUTH_TOKEN")


def withhold(environ: dict[str, Any]) -> None:
    """Take a notebook server's credentials out of a request."""
    cookies = environ.get("HTTP_COOKIE")
    if cookies is not None:
        kept = [each for each in cookies.split(";") if not is_theirs(each)]
        environ["HTTP_COOKIE"] = ";".join(kept).strip()
        if not environ["HTTP_COOKIE"]:
            del environ["HTTP_COOKIE"]
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    is_passed_on = any(name in environ for name in PROXIED)
    if value.strip() in tokens() or (is_passed_on and scheme.lower() == "token"):
        del environ["HTTP_AUTHORIZATION"]


def is_theirs(cookie: str) -> bool:
    return COOKIE.fullmatch(cookie.partition("=")[0].strip()) is not None


def tokens() -> set[str]:
    return {os.environ[name] for name in TOKENS if os.environ.get(name)}
