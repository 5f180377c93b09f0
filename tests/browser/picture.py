"""Makes notebooks/quickstart.png, the picture in the README, in a real JupyterLab.

    python -m tests.browser.picture [FILE]

With Pillow the file gets a palette, which takes two thirds off its size.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from .front_end import PROJECT, Notebook, opened, running_chromium, running_jupyter

FILE = PROJECT / "notebooks" / "quickstart.png"
SIZE = {"width": 900, "height": 1500}
MARGIN = 12
CELLS = (
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
FIRST, LAST = "c1", f"c{len(CELLS) - 1}"


def main(file: Path = FILE) -> None:
    picture = smaller(take())
    file.write_bytes(picture)
    print(f"{file}: {len(picture) // 1000} kB")


def take() -> bytes:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_jupyter(Path(folder) / "server") as jupyter,
        running_chromium() as browser,
    ):
        name = jupyter.write("weather.ipynb", *CELLS)
        options = {"viewport": SIZE, "device_scale_factor": 2}
        with opened(browser, jupyter, name, "lab", **options) as notebook:
            notebook.call("zen")
            assert notebook.run_all()
            return between(notebook, FIRST, LAST)


def between(notebook: Notebook, first: str, last: str) -> bytes:
    """A picture of the cells from the first to the last, none of them selected."""
    notebook.call("select", "c0")
    notebook.call("show", "c0")
    top, bottom = (notebook.cell(each).bounding_box() for each in (first, last))
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
    main(*map(Path, sys.argv[1:]))
