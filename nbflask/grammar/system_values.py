"""The values that REST clients make themselves: {{$guid}}, {{$timestamp}}, ….

`read_system` checks before anything is made: nothing is sent with a wrong one.
"""

from __future__ import annotations

import os
import random
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from difflib import get_close_matches
from email.utils import format_datetime
from functools import partial

from .errors import LineError
from .words import show

Make = Callable[[], str]

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_UNITS["ms"] = "milliseconds"
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)


def read_system(text: str) -> Make:
    """Return what makes the value of "$randomInt 1 6" when it is called.

    Raises LineError for an unknown name or words that it does not take.
    """
    name, *words = text.removeprefix("$").split() or [""]
    reader = _READERS.get(name)
    if reader is None:
        near = get_close_matches(name, _READERS, 1)
        known = f"there are {' '.join(f'${each}' for each in _READERS)}."
        fix = f"did you mean ${near[0]}?" if near else known
        raise LineError(f"There is no value {show(f'${name}')}: {fix}")
    read, usage = reader
    try:
        return read(words)
    except LineError:
        raise
    except (ValueError, OverflowError):
        raise LineError(
            f"{{{{{text}}}}} is not understood: write {{{{{usage}}}}}."
        ) from None


def _unique(words: Sequence[str]) -> Make:
    _refuse(words)
    return lambda: str(uuid.uuid4())


def _timestamp(words: Sequence[str]) -> Make:
    offset = _offset(words)
    return lambda: str(int((_now() + offset).timestamp()))


def _iso_timestamp(words: Sequence[str]) -> Make:
    _refuse(words)
    return lambda: _iso(_now())


def _moment(local: bool, words: Sequence[str]) -> Make:
    if not words or words[0] not in {"rfc1123", "iso8601"}:
        raise ValueError(words)
    offset = _offset(words[1:])

    def make() -> str:
        moment = _now() + offset
        moment = moment.astimezone() if local else moment
        if words[0] == "iso8601":
            return _iso(moment)
        return format_datetime(moment, usegmt=not local)

    return make


def _random_integer(words: Sequence[str]) -> Make:
    low, high = map(_integer, words or ("0", "1000"))
    if low >= high:
        raise ValueError(words)
    return lambda: str(random.randrange(low, high))


def _process_variable(words: Sequence[str]) -> Make:
    (name,) = words
    if name not in os.environ:
        near = get_close_matches(name, os.environ, 1)
        asked = f"did you mean {near[0]}?" if near else f"set it with %env {name}=…"
        raise LineError(f"There is no environment variable {show(name)}: {asked}")
    return lambda: os.environ[name]


def _dotenv_variable(words: Sequence[str]) -> Make:
    (name,) = words
    values = _dotenv()
    if values.get(name) is None:
        has = ", ".join(values) or "nothing"
        raise LineError(f"The file .env holds no {show(name)}; it has: {has}")
    value = str(values[name])
    return lambda: value


def _dotenv() -> dict[str, str | None]:
    try:
        import dotenv
    except ImportError:
        raise LineError(
            "{{$dotenv}} needs python-dotenv: %pip install python-dotenv"
        ) from None
    try:
        found: dict[str, str | None] = dotenv.dotenv_values(
            dotenv.find_dotenv(usecwd=True), interpolate=False
        )
    except (OSError, UnicodeError) as error:
        raise LineError(f"The file .env cannot be read, {error}: mend it.") from None
    return found


def _refuse(words: Sequence[str]) -> None:
    if words:
        raise ValueError(words)


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _offset(words: Sequence[str]) -> timedelta:
    """Return "-1 d" as a time span, and nothing as none."""
    if not words:
        return timedelta()
    count, unit = words
    if unit not in _UNITS:
        raise ValueError(unit)
    offset = timedelta(**{_UNITS[unit]: _integer(count)})
    # Far enough for anybody, near enough for a calendar.
    if abs(offset) > timedelta(days=365 * 1000):
        raise ValueError(count)
    return offset


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_READERS: dict[str, tuple[Callable[[Sequence[str]], Make], str]] = {
    "guid": (_unique, "$guid"),
    "uuid": (_unique, "$uuid"),
    "random.uuid": (_unique, "$random.uuid"),
    "timestamp": (_timestamp, "$timestamp}} or {{$timestamp -1 d"),
    "isoTimestamp": (_iso_timestamp, "$isoTimestamp"),
    "datetime": (
        partial(_moment, False),
        "$datetime iso8601}} or {{$datetime rfc1123 -1 d",
    ),
    "localDatetime": (
        partial(_moment, True),
        "$localDatetime iso8601}} or {{$localDatetime rfc1123 -1 d",
    ),
    "randomInt": (_random_integer, "$randomInt 1 7"),
    "processEnv": (_process_variable, "$processEnv NAME"),
    "dotenv": (_dotenv_variable, "$dotenv NAME"),
}
