"""What the values of well-known libraries can be sent as, and any value that can
show itself in a notebook. Knows no requests.
"""

from __future__ import annotations

import io
import sys
from base64 import b64decode
from collections.abc import Callable
from copy import copy
from dataclasses import is_dataclass
from functools import partial
from typing import Any

from . import pictures
from .frames import PANDAS, POLARS, as_pandas_frame, as_polars_frame
from .libraries import is_a
from .tables import table_of
from .values import ARRAYS, plain, records_of

Offers = dict[str, Callable[[], Any]]

JSON, HTML, CSV = "application/json", "text/html", "text/csv"
ARROW = "application/vnd.apache.arrow.stream"

#: IPython's rich display methods, in the order in which they are preferred here.
RICH = {
    "_repr_html_": HTML,
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_json_": JSON,
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
}
#: Types that a bundle for notebooks holds as base64 text.
ENCODED = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"}


def offers_of(app: Any, value: Any) -> Offers:
    """Return what a value can be sent as; nothing if nothing is known of it."""
    for paths, make in LIBRARIES:
        if is_a(value, *paths):
            return make(app, value)
    if is_dataclass(value) and not isinstance(value, type):
        return of_model(app, value)
    return rich(value)


# Data


def of_frame(app: Any, frame: Any) -> Offers:
    """Return what a DataFrame or Series of pandas or polars can be sent as."""
    offers: Offers = {
        JSON: lambda: in_order(app, records_of(frame)),
        HTML: lambda: table_of(frame).html(),
        CSV: lambda: table_of(frame).csv(),
    }
    if is_a(frame, *PANDAS):
        arrow = sys.modules.get("pyarrow")
        return offers | ({ARROW: lambda: stream(arrow, frame)} if arrow else {})
    return offers | {ARROW: lambda: own_stream(frame)}


def in_order(app: Any, records: Any) -> Any:
    """Return a JSON response in which columns keep their order."""
    provider = copy(app.json)
    provider.sort_keys = False
    return provider.response(records)


def stream(arrow: Any, frame: Any) -> bytes:
    """Return a pandas frame as an Arrow stream."""
    table = arrow.Table.from_pandas(as_pandas_frame(frame), preserve_index=False)
    file = io.BytesIO()
    with arrow.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def own_stream(frame: Any) -> bytes:
    """Return a polars frame as an Arrow stream, which it writes itself."""
    file = io.BytesIO()
    as_polars_frame(frame).write_ipc_stream(file)
    return file.getvalue()


def of_array(app: Any, array: Any) -> Offers:
    # pandas and matplotlib return axes like this, for many plots in one figure.
    first = array.flat[0] if array.dtype == object and array.size else None
    if is_a(first, AXES):
        return pictures.of_axes(first)
    return of_value(app, array)


def of_value(app: Any, value: Any) -> Offers:
    return {JSON: lambda: app.json.response(plain(value))}


def of_model(app: Any, model: Any) -> Offers:
    """Return JSON for what has fields, and what else it shows itself as."""
    return {JSON: partial(app.json.response, model), **rich(model)}


# Pictures and charts


def of_figure(app: Any, figure: Any) -> Offers:
    return pictures.of_figure(figure)


def of_axes(app: Any, axes: Any) -> Offers:
    return pictures.of_axes(axes)


def of_image(app: Any, image: Any) -> Offers:
    return pictures.of_image(image)


def of_plotly(app: Any, figure: Any) -> Offers:
    return {JSON: figure.to_json, HTML: partial(figure.to_html, include_plotlyjs="cdn")}


def of_altair(app: Any, chart: Any) -> Offers:
    return {JSON: chart.to_json, HTML: chart.to_html}


# What shows itself in a notebook


def rich(value: Any) -> Offers:
    """Return what an object's rich display methods make; None of them withdraws it."""
    found: Offers = {
        media_type: partial(shown, media_type, getattr(value, name))
        for name, media_type in RICH.items()
        # Asked of its class: some objects claim to have any attribute.
        if callable(getattr(type(value), name, None))
    }
    for media_type, data in bundle_of(value).items():
        if "/" in media_type:
            found[media_type] = partial(shown, media_type, partial(same, data))
    return {each: found[each] for each in sorted(found, key=rank)}


def bundle_of(value: Any) -> dict[str, Any]:
    if not callable(getattr(type(value), "_repr_mimebundle_", None)):
        return {}
    bundle = value._repr_mimebundle_(include=None, exclude=None)
    data = without_metadata(bundle)
    return data if isinstance(data, dict) else {}


def shown(media_type: str, show: Callable[[], Any]) -> Any:
    """Return the body for what a display method returns."""
    data = without_metadata(show())
    if media_type in ENCODED and isinstance(data, str):
        return b64decode(data)
    return data


def without_metadata(data: Any) -> Any:
    return data[0] if isinstance(data, tuple) else data


def same(data: Any) -> Any:
    return data


def rank(media_type: str) -> int:
    """Return where a type stands among others; plain text comes last."""
    known = [*RICH.values()]
    if media_type in known:
        return known.index(media_type)
    return len(known) + (media_type == "text/plain")


AXES = "matplotlib.axes:Axes"
LIBRARIES: tuple[tuple[tuple[str, ...], Callable[[Any, Any], Offers]], ...] = (
    ((*PANDAS, *POLARS), of_frame),
    (("numpy:ndarray",), of_array),
    (("numpy:generic", *ARRAYS), of_value),
    (("matplotlib.figure:FigureBase",), of_figure),
    ((AXES,), of_axes),
    (("PIL.Image:Image",), of_image),
    (("plotly.basedatatypes:BaseFigure",), of_plotly),
    (("altair:TopLevelMixin",), of_altair),
    (("pydantic.main:BaseModel",), of_model),
)
