"""Which of several offers a request gets, by its Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbflask.data.offers import choose

OFFERS = ("application/json", "text/html", "text/csv", "image/svg+xml")
BROWSER = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "*/*;q=0.8"
)
DEFAULT = OFFERS[0]


class Thing:
    """What an adapter offers in several types."""


@pytest.fixture
def thing(app) -> Any:
    """An app that offers a thing; `asked` notes which of them was made."""

    @app.response_adapter(Thing)
    def offer(thing):
        return {each: lambda each=each: f"as {each}" for each in OFFERS}

    app.add_url_rule("/", "thing", Thing)
    return app


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, DEFAULT),
        ("", DEFAULT),
        ("*/*", DEFAULT),
        ("*", DEFAULT),
        (";;,", DEFAULT),
        ("nonsense", DEFAULT),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/html"),
        ("text/*, text/html;q=0.5", "text/csv"),
        ("text/html;q=0.4, text/csv;q=0.5", "text/csv"),
        ("text/csv, text/html", "text/html"),
        ("*/*, application/json;q=0", "text/html"),
        ("*/*;q=0.1, text/csv", "text/csv"),
        ("*/*;q=0.9, text/*;q=0.8, text/csv;q=1", "text/csv"),
        ("text/csv;q=0", None),
        ("*/*;q=0", None),
        ("image/png", None),
        ("text/html;level=1", None),
        ("text/csv; charset=UTF-8", "text/csv"),
        ("application/json;charset=utf-8, */*;q=0.1", DEFAULT),
        ("image/svg+xml, image/*;q=0.8", "image/svg+xml"),
        ("*/csv, text/html;q=0.1", "text/html"),
        (BROWSER, "text/html"),
    ],
)
def test_a_request_gets_the_offer_that_it_likes_best(thing, accept, chosen):
    headers = {} if accept is None else {"Accept": accept}
    response = thing.test_client().get("/", headers=headers)
    assert response.vary.as_set() == ({"accept"} if chosen else set())
    if chosen is None:
        assert response.status_code == 406
        assert "application/json, text/html, text/csv or image/svg+xml" in response.text
    else:
        assert response.status_code == 200
        assert (response.mimetype, response.text) == (chosen, f"as {chosen}")


# Against a plain reading of the RFC

NAMES = st.sampled_from(["a", "b", "c"])
TYPES = st.tuples(NAMES, NAMES).map("/".join)
RANGES = st.one_of(TYPES, NAMES.map("{}/*".format), st.just("*/*"))
QUALITIES = st.sampled_from([0.0, 0.2, 0.5, 0.999, 1.0])


def by_the_rfc(offers: list[str], accepted: dict[str, float]) -> str | None:
    """The offer of the highest quality, each given by the most precise range."""
    best, quality = None, 0.0
    for offer in offers:
        kind = offer.partition("/")[0]
        for each in (offer, f"{kind}/*", "*/*"):
            if each in accepted:
                if accepted[each] > quality:
                    best, quality = offer, accepted[each]
                break
    return best


@given(
    offers=st.lists(TYPES, min_size=1, unique=True),
    accepted=st.dictionaries(RANGES, QUALITIES, min_size=1),
)
def test_the_choice_is_the_one_that_the_rfc_makes(offers, accepted):
    assert choose(offers, accepted.items()) == by_the_rfc(offers, accepted)


@given(accept=st.text(alphabet='*/,;=q0.1 aé"\\', max_size=30))
def test_no_accept_header_is_a_server_error(accept):
    from nbflask import Flask

    app = Flask("negotiation")
    app.response_adapter(Thing)(lambda thing: {"a/a": lambda: "a", "a/b": lambda: "b"})
    app.add_url_rule("/", "thing", Thing)
    headers = [("Accept", accept.encode().decode("latin-1"))]
    assert app.test_client().get("/", headers=headers).status_code in (200, 406)


# A refusal is an error like any other


def refuse(app: Any, **options: Any) -> Any:
    headers = {"Accept": "image/png"}
    return app.test_client().get("/", headers=headers, **options)


def test_the_handler_of_406_answers_a_refusal(thing):
    thing.register_error_handler(406, lambda error: (f"no: {error.description}", 406))
    response = refuse(thing)
    assert response.status_code == 406
    assert response.text.startswith("no: This can be had as application/json,")
    assert response.text.endswith("but the request accepts only image/png.")


@pytest.mark.parametrize("result", [(Thing(), 201), (Thing(), 201, {"X": "1"})])
def test_a_refusal_does_not_take_the_status_of_what_is_refused(app, thing, result):
    app.view_functions["thing"] = lambda: result
    response = refuse(app)
    assert (response.status_code, response.headers.get("X")) == (406, None)


def test_a_handler_may_answer_a_refusal_with_what_is_not_acceptable_either(thing):
    thing.register_error_handler(406, lambda error: (Thing(), 406))
    response = refuse(thing)
    assert (response.status_code, response.text) == (406, f"as {DEFAULT}")


@pytest.mark.parametrize(
    ("accept", "sent"),
    [("image/png", DEFAULT), ("text/csv;q=0.1, text/html;q=0.2", "text/html")],
)
@pytest.mark.parametrize("code", [404, 500])
def test_an_error_is_told_in_what_is_not_acceptable_sooner_than_not_at_all(
    thing, accept, sent, code
):
    thing.register_error_handler(code, lambda error: (Thing(), code))
    thing.add_url_rule("/500", "fails", lambda: 1 / 0)
    headers = {"Accept": accept}
    response = thing.test_client().get(f"/{code}", headers=headers)
    assert (response.status_code, response.text) == (code, f"as {sent}")
    assert response.vary.as_set() == {"accept"}


def test_hooks_run_for_a_refusal_as_for_any_response(thing):
    def mark(response):
        response.headers["X-After"] = str(response.status_code)
        return response

    thing.after_request(mark)
    assert refuse(thing).headers["X-After"] == "406"


def test_a_hostile_accept_header_is_escaped(thing):
    headers = {"Accept": "<script>/x"}
    response = thing.test_client().get("/", headers=headers)
    assert response.status_code == 406
    assert "<script>" not in response.text
