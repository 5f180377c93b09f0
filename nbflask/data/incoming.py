"""A request's body as a frame, or what to answer instead."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.wrappers import Request

from .reading import UnknownFormat, Unreadable, frame_of, kind_of_file


def frame_in(request: Request) -> Any:
    """Return a request's body as a frame, or the one file of its form.

    Raises UnsupportedMediaType and BadRequest, which say what is wrong with it.
    """
    try:
        return frame_of(*table_in(request))
    except UnknownFormat as error:
        raise UnsupportedMediaType(str(error)) from error
    except Unreadable as error:
        raise BadRequest(str(error)) from error


def table_in(request: Request) -> tuple[bytes, str, str | None]:
    """Return bytes, media type and charset of the body or of its one file."""
    if request.mimetype == "multipart/form-data":
        file = one_file(request)
        kind = kind_of_file(file.mimetype, file.filename)
        return file.read(), kind, file.mimetype_params.get("charset")
    charset = request.mimetype_params.get("charset")
    return request.get_data(), request.mimetype, charset


def one_file(request: Request) -> FileStorage:
    # A field for a file in which none was chosen is sent without a name.
    files = [each for _, each in request.files.items(multi=True) if each.filename]
    if len(files) != 1:
        raise BadRequest(
            f"The form has {len(files)} files; a DataFrame is read from one."
        )
    return files[0]
