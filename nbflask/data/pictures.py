"""Figures and images as bytes. Imports no library: who has such a value has it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import Any

from .libraries import loaded

Offers = dict[str, Callable[[], Any]]

#: matplotlib draws in one thread at a time.
DRAWING = RLock()

FIGURE_FORMATS = {
    "image/png": "png",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
}
#: Formats of images, and the modes in which each can store pixels.
IMAGE_FORMATS = {
    "image/png": ("PNG", {"1", "L", "LA", "I;16", "P", "RGB", "RGBA"}),
    "image/jpeg": ("JPEG", {"L", "RGB", "CMYK"}),
    "image/webp": ("WEBP", {"RGB", "RGBA"}),
}


def of_figure(figure: Any) -> Offers:
    """Return what a matplotlib figure can be sent as.

    It is taken from pyplot, which else keeps it for ever, and has a notebook show
    it below the cell as well.
    """
    whole = loaded("matplotlib.figure:Figure")
    while not isinstance(figure, whole):
        figure = figure.figure  # it is a part of another figure
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        with DRAWING:
            pyplot.close(figure)
    return {
        media_type: partial(draw, figure, name)
        for media_type, name in FIGURE_FORMATS.items()
    }


def draw(figure: Any, name: str) -> bytes:
    """Return a figure in a format, cut to what is drawn, as notebooks show it."""
    file = io.BytesIO()
    with DRAWING:
        figure.savefig(file, format=name, bbox_inches="tight")
    return file.getvalue()


def of_axes(axes: Any) -> Offers:
    """Return what the figure of some axes can be sent as."""
    return of_figure(axes.figure)


def of_image(image: Any) -> Offers:
    """Return what a PIL image can be sent as, by the formats that are installed."""
    module = sys.modules["PIL.Image"]
    module.init()
    return {
        media_type: partial(save, image, name, modes)
        for media_type, (name, modes) in IMAGE_FORMATS.items()
        if name in module.SAVE
    }


def save(image: Any, name: str, modes: set[str]) -> bytes:
    """Return an image in a format, converted if that cannot store its pixels."""
    if image.mode not in modes:
        image = image.convert(nearest(image.mode, modes))
    file = io.BytesIO()
    image.save(file, format=name)
    return file.getvalue()


def nearest(mode: str, modes: set[str]) -> str:
    """Return the mode that keeps most of an image in another."""
    if mode == "I" and "I;16" in modes:
        return "I;16"
    return "RGBA" if "A" in mode and "RGBA" in modes else "RGB"
