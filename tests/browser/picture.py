"""Makes the pictures of the README and of the notebooks in a real JupyterLab.

    python -m tests.browser.picture [NAME…]

With Pillow the files get a palette, which takes two thirds off their size.
"""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .front_end import PROJECT, Notebook, opened, running_chromium, running_jupyter

FOLDER = PROJECT / "notebooks"
SIZE = {"width": 900, "height": 1700}
MARGIN = 12
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"


@dataclass(frozen=True, slots=True)
class Picture:
    """A notebook's cells in a theme; the cells before `first` are not in sight."""

    name: str
    cells: tuple[str, ...]
    theme: str = LIGHT
    first: int = 1

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.png"


QUICKSTART = (
    "%load_ext nbflask\n"
    "readings = {\n"
    '    1: {"id": 1, "place": "Oslo", "celsius": 14.2},\n'
    '    2: {"id": 2, "place": "Nairobi", "celsius": 23.9},\n'
    "}",
    "%%route /readings/<int:reading_id>\n"
    "if reading_id not in readings:\n"
    '    abort(404, f"There is no reading {reading_id}.")\n'
    "readings[reading_id]",
    "%get /readings/2",
    "%%route POST /readings\n"
    'reading = {"id": max(readings) + 1, **request.json}\n'
    'readings[reading["id"]] = reading\n'
    "reading, 201",
    "%post /readings place=Quito celsius:=15.3",
    "%flask routes readings",
)

LOOK = (
    "%load_ext nbflask\nimport pandas as pd",
    "weather = pd.DataFrame(\n"
    '    {"celsius": [14.2, 23.9, 18.5], "rain": [3.1, None, 0.4]},\n'
    '    index=pd.Index(["Oslo", "Nairobi", "Lima"], name="place"),\n'
    ")",
    "%%template place.html\n<h1>{{ place }}</h1>\n<p>{{ row.celsius }} °C</p>",
    "@app.before_request\ndef choose_scale():\n    g.scale = request.args.get('scale')",
    '@app.get("/places/<place>")\n'
    "def place(place):\n"
    "    row = weather.loc[place]\n"
    '    return render_template("place.html", place=place, row=row)',
    "%trace /places/Lima",
    "%why POST /places/Lima",
    "%get /places/Quito",
    "%%route /weather --try /weather\nweather[weather.celsius > 15]",
)

SERVED = (
    '%load_ext nbflask\nscores = {"Owls": 3, "Foxes": 5}',
    '@app.get("/scores")\ndef board(): return scores\n\n'
    '@app.get("/scores/<team>")\ndef score(team): return {team: scores[team]}\n\n'
    '@app.post("/scores/<team>")\ndef add(team):\n'
    '    scores[team] += request.json["points"]\n'
    "    return {team: scores[team]}, 201",
    "server = app.run(port=0)",
    "%flask log",
    "from urllib.request import Request, urlopen\n"
    'for path in ("/scores", "/score", "/scores/Owls", "/scores/Newts"):\n'
    "    try: urlopen(server.url + path).close()\n"
    "    except OSError as error: error.close()\n"
    "r = %post /scores/Foxes points:=2 --live --quiet",
    "%replay 4",
    "%flask explore",
)

PICTURES = (
    Picture("quickstart", QUICKSTART),
    Picture("inside-light", LOOK, first=5),
    Picture("inside-dark", LOOK, DARK, first=5),
    Picture("served-light", SERVED, first=2),
    Picture("served-dark", SERVED, DARK, first=2),
)


def main(*names: str) -> None:
    wanted = [each for each in PICTURES if not names or each.name in names]
    for each in wanted:
        made = smaller(take(each))
        each.file.write_bytes(made)
        print(f"{each.file.name}: {len(made) // 1000} kB")


def take(picture: Picture) -> bytes:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_jupyter(Path(folder) / "server") as jupyter,
        running_chromium() as browser,
    ):
        name = jupyter.write(f"{picture.name}.ipynb", *picture.cells)
        options = {"viewport": SIZE, "device_scale_factor": 2}
        with opened(browser, jupyter, name, "lab", **options) as notebook:
            notebook.call("zen")
            notebook.call("theme", picture.theme)
            assert notebook.run_all()
            return between(notebook, picture.first, len(picture.cells) - 1)


def between(notebook: Notebook, first: int, last: int) -> bytes:
    """A picture of the cells from the first to the last, none of them selected."""
    notebook.call("select", "c0")
    notebook.call("show", f"c{max(first - 1, 0)}")
    top, bottom = (notebook.cell(f"c{n}").bounding_box() for n in (first, last))
    assert top is not None
    assert bottom is not None
    end = bottom["y"] + bottom["height"]
    clip = {
        "x": top["x"],
        "y": top["y"],
        "width": top["width"],
        "height": end - top["y"] + MARGIN,
    }
    return notebook.page.screenshot(clip=clip, animations="disabled")


def smaller(picture: bytes) -> bytes:
    try:
        from PIL import Image
    except ImportError:
        return picture
    made = io.BytesIO()
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=0)
    few.save(made, "PNG", optimize=True)
    return min(picture, made.getvalue(), key=len)


if __name__ == "__main__":
    main(*sys.argv[1:])
