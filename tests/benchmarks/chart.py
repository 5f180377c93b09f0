"""The ratios as a picture: a bar for each row. How it looks is `chart.svg.jinja`'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .frameworks import FLASK, NBFLASK
from .measure import Ratio
from .report import Row, number

TEMPLATE = "chart.svg.jinja"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the picture, all of it in parts of Flask's time."""

    name: str
    ratio: float
    shown: str
    target: float | None
    peers: dict[str, float]  # those that are no slower than Flask


def draw(
    file: Path, rows: Iterable[tuple[Row, Mapping[str, Ratio]]], caption: str
) -> None:
    """Write the picture of rows that were measured."""
    bars = [bar(row, ratios) for row, ratios in rows]
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=folder,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    peers = list(dict.fromkeys(name for each in bars for name in each.peers))
    picture = environment.get_template(TEMPLATE).render(
        bars=bars, peers=peers, caption=caption
    )
    file.write_text(picture, "utf-8")


def bar(row: Row, ratios: Mapping[str, Ratio]) -> Bar:
    peers = {
        name: each.median
        for name, each in ratios.items()
        if name not in (NBFLASK, FLASK) and 0 <= each.median <= 1
    }
    ours = ratios[NBFLASK].median
    return Bar(row.name, ours, number(ours), row.target, peers)
