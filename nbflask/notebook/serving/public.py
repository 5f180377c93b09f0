"""Where the person's browser finds a server that runs beside the kernel.

Known from the environment alone: each platform that notebooks run on says there how
it shows a port to the outside. Sends nothing, and serves nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from urllib.parse import urlsplit

from .jupyter import JupyterServer

PORT = "{port}"
#: So long Colab's page may take to answer.
COLAB_SECONDS = 10
PROXY = "jupyter_server_proxy"
INSTALL_PROXY = (
    "The link needs jupyter-server-proxy where the notebook server is installed:"
    " pip install jupyter-server-proxy"
)
ELSEWHERE = (
    "If your browser runs on another machine: pip install jupyter-server-proxy where"
    ' the notebook server is installed, or %config NBFlask.public_url = "https://…"'
)

Environment = Mapping[str, str]
#: Returns what a platform shows a port as: a URL, a path on the notebook's own host,
#: or nothing if this is not the platform.
Platform = Callable[[Environment, int], str]


@dataclass(frozen=True, slots=True)
class Address:
    """Where browsers find a server: `url`, with no slash at the end.

    Without a host it is a path: a link in a notebook leads there, for a proxy shows
    the port below the notebook's own address. `local` is the URL on this machine.
    """

    url: str
    local: str
    notes: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether a proxy stands between the browser and the server."""
        return self.url != self.local

    @property
    def is_whole(self) -> bool:
        """Whether it can be opened without a notebook around it."""
        return not self.url.startswith("/")

    @property
    def host(self) -> str:
        """The host, with its port if it has one; none of a path."""
        return urlsplit(self.url).netloc.lower()

    @property
    def prefix(self) -> str:
        """The path that the proxy takes off, as it stands in the URL."""
        return urlsplit(self.url).path

    @property
    def link(self) -> str:
        """The URL of the app's first page."""
        return f"{self.url}/" if self.prefix else self.url


def find(
    local: str,
    port: int,
    environment: Environment,
    *,
    setting: str = "",
    jupyter: JupyterServer | None = None,
) -> Address:
    """Return where browsers find the server on `port`, which is `local` here.

    A setting like "https://host/prefix/{port}" is put before what the environment
    says.
    """
    if setting:
        return Address(setting.replace(PORT, str(port)).rstrip("/"), local)
    for platform in PLATFORMS:
        if found := platform(environment, port):
            return Address(found.rstrip("/"), local, notes_on(platform))
    if jupyter is None or jupyter.is_for_this_machine:
        return Address(local, local)
    if has_proxy():
        return Address(f"{jupyter.base_url}proxy/{port}", local)
    return Address(local, local, (ELSEWHERE,))


def notes_on(platform: Platform) -> tuple[str, ...]:
    return () if platform is not jupyterhub or has_proxy() else (INSTALL_PROXY,)


@cache
def has_proxy() -> bool:
    """Whether jupyter-server-proxy is installed here: the notebook server mostly is
    in the kernel's own environment."""
    return find_spec(PROXY) is not None


def colab(environment: Environment, port: int) -> str:
    """Colab's page knows where a port is shown, and is asked for it."""
    return colab_url(port) if "google.colab" in sys.modules else ""


@cache
def colab_url(port: int) -> str:
    output = sys.modules.get("google.colab.output")
    if output is None:
        return ""
    script = f"google.colab.kernel.proxyPort({port})"
    try:
        url = output.eval_js(script, timeout_sec=COLAB_SECONDS)
    except Exception:  # no page that answers, such as in a scheduled run
        return ""
    return url if isinstance(url, str) and is_url(url) else ""


def codespaces(environment: Environment, port: int) -> str:
    """GitHub Codespaces forwards every port under a name of its own."""
    name = environment.get("CODESPACE_NAME", "")
    domain = environment.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "")
    known = environment.get("CODESPACES") == "true" and name
    return f"https://{name}-{port}.{domain or 'app.github.dev'}" if known else ""


def code_server(environment: Environment, port: int) -> str:
    """code-server, and what is built on it, tells its extensions and terminals."""
    url = environment.get("VSCODE_PROXY_URI", "").replace("{{port}}", str(port))
    # One of its own placeholders that is left, or a path: of a page unknown here.
    return url if is_url(url) and "{{" not in url else ""


def jupyterhub(environment: Environment, port: int) -> str:
    """JupyterHub, and Binder, which is one, show ports by jupyter-server-proxy."""
    prefix = environment.get("JUPYTERHUB_SERVICE_PREFIX", "").strip("/")
    if not prefix:
        return ""
    public = environment.get("JUPYTERHUB_PUBLIC_URL", "").rstrip("/")
    base = public if is_url(public) else f"/{prefix}"
    return f"{base}/proxy/{port}"


#: The first that answers is it: an editor's kernel may run within a hub.
PLATFORMS: tuple[Platform, ...] = (colab, codespaces, code_server, jupyterhub)


def is_url(text: str) -> bool:
    return re.fullmatch(r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?", text) is not None


def checked(setting: str) -> str:
    """Return a setting of a public URL. Raises ValueError for what is none."""
    text = setting.strip()
    plain = text.replace(PORT, "1")
    is_path = re.fullmatch(r"/[^\s/?#\\][^\s?#\\]*", plain) is not None
    if not text or is_url(plain) or is_path:
        return text
    raise ValueError(
        f"{setting!r} is no public URL: write it like"
        ' "https://host/prefix/{port}", or "" to go by the environment'
    )
