"""What the workloads' apps send, be it in any framework's words."""

from __future__ import annotations

from pathlib import Path

HELLO = "Hello, World!"
ADA = {"id": 7, "name": "Ada", "tags": ["math", "engines"]}
CHUNKS = [f"chunk {number}\n" for number in range(10)]
SECRET = "not a secret: it signs the benchmark's cookies"

TEMPLATES = Path(__file__).parent / "templates"
PAGE = (TEMPLATES / "page.html").read_text("utf-8")
NAMES = {"title": "Engines", "name": "<Ada>"}
RENDERED = "<title>Engines</title>\n<p>Hello, &lt;Ada&gt;!</p>"

#: What four calls of url_for answer, in a view of a blueprint within a blueprint.
LINKS = "/shop/items/7 /shop/items/8 /shop/ /"


class OutOfStock(Exception):
    """What a view raises for its app to answer."""
