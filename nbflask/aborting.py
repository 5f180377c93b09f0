"""What `abort` calls."""

from __future__ import annotations

from typing import Any, NoReturn

from werkzeug.exceptions import Aborter as GeneralAborter


class Aborter(GeneralAborter):
    """Werkzeug's, which raises the error of a known status without an import first."""

    def __call__(self, code: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise the error of a status, or one that is answered with a response."""
        kind = self.mapping.get(code) if type(code) is int else None
        if kind is None:
            super().__call__(code, *args, **kwargs)
        raise kind(*args, **kwargs)
