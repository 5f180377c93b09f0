"""What a value can be sent as, and which of it a request accepts (RFC 9110, section
12.5.1). Knows no libraries.

Offers are a dict of media types and functions that make a body of that type. The
first is the default; a function that returns None withdraws its offer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.exceptions import NotAcceptable
from werkzeug.http import parse_options_header

Offers = Mapping[str, Callable[[], Any]]
Ranges = Iterable[tuple[str, float]]
#: A media type or range: type, subtype, parameters.
Media = tuple[str, str, frozenset[tuple[str, str]]]

#: What all text is sent in, whether its media type says so or not.
CHARSET = ("charset", "utf-8")


def are_offers(value: Any) -> bool:
    """Whether a value is a dict of media types and functions."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(each, str) and "/" in each for each in value)
        and all(map(callable, value.values()))
    )


def response_of(
    app: Any, offers: Offers, request: Any, *, somehow: bool = False
) -> Any:
    """Return the response that a request likes best; None if nothing is on offer.

    Without a request, or if it does not say what it accepts, that is the default.
    Raises NotAcceptable, which lists what is on offer, if there is nothing that it
    accepts, unless that has to be answered `somehow`: by the default, too.
    """
    accepted = () if request is None else tuple(request.accept_mimetypes)
    left = dict(offers)
    while left:
        chosen = choose(left, accepted)
        if chosen is None and somehow:
            chosen = next(iter(left))
        if chosen is None:
            raise NotAcceptable(refusal(left, request))
        body = app.ensure_sync(left.pop(chosen))()
        if body is not None:
            return varying(send(app, body, chosen))
    return None


def choose(offers: Iterable[str], accepted: Ranges) -> str | None:
    """Return the offer of the highest quality, of equals the first; None if there
    is no acceptable one."""
    offers = tuple(offers)
    ranges = [(parse(each), quality) for each, quality in accepted]
    ranges = [(each, quality) for each, quality in ranges if each is not None]
    if not ranges:
        return offers[0]
    best = max(offers, key=lambda each: quality_of(each, ranges))
    return best if quality_of(best, ranges) > 0 else None


def quality_of(offer: str, ranges: Iterable[tuple[Media | None, float]]) -> float:
    """Return the quality that the most specific of the ranges gives an offer."""
    media = parse(offer)
    fitting = (
        (specificity(each), quality)
        for each, quality in ranges
        if media is not None and each is not None and fits(media, each)
    )
    return max(fitting, default=((), 0.0))[1]


def parse(text: str) -> Media | None:
    """Return a media type or range in its parts; None if it is none."""
    name, options = parse_options_header(text)
    kind, _, subtype = ("*/*" if name == "*" else name.lower()).partition("/")
    if not kind or not subtype or (kind == "*" and subtype != "*"):
        return None
    pairs = ((key, value.lower()) for key, value in options.items())
    return kind, subtype, frozenset(pairs)


def fits(media: Media, wanted: Media) -> bool:
    """Whether a media type is in a range."""
    kind, subtype, options = wanted
    return (
        kind in ("*", media[0])
        and subtype in ("*", media[1])
        and options <= media[2] | {CHARSET}
    )


def specificity(wanted: Media) -> tuple[int, int, int]:
    return wanted[0] != "*", wanted[1] != "*", len(wanted[2])


def send(app: Any, body: Any, media_type: str) -> Any:
    """Return a response for the body that an offer has made."""
    if isinstance(body, app.response_class):
        return body
    if isinstance(body, (str, bytes, bytearray, Iterable)) and not isinstance(
        body, (dict, list, tuple)
    ):
        return app.response_class(body, mimetype=media_type)
    if not is_json(media_type):
        raise TypeError(
            f"The offer of {media_type} made a {type(body).__name__}. Return text,"
            " bytes, an iterator of them or a Response; dicts and lists for JSON."
        )
    response = app.json.response(body)
    response.mimetype = media_type
    return response


def is_json(media_type: str) -> bool:
    name = media_type.partition(";")[0].rstrip().lower()
    return name == "application/json" or name.endswith("+json")


def varying(response: Any) -> Any:
    """Return a response that says that another request may get another one."""
    response.vary.add("Accept")
    return response


def refusal(offers: Iterable[str], request: Any) -> str:
    """Return what can be had here, for people."""
    *others, last = offers
    listed = f"{', '.join(others)} or {last}" if others else last
    wanted = request.headers.get("Accept", "")
    return f"This can be had as {listed}, but the request accepts only {wanted}."
