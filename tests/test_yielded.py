"""What one cell takes over from another comes back when that cell lets it go: whatever
the history, cells that claim nothing twice make the app that a module of them makes."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nbflask import Flask
from nbflask.registry.editions import close_edition, open_edition
from nbflask.registry.owners import Owner

#: What a cell may hold: a route and its view, a hook, an error handler, a filter.
ITEMS = (
    *(("route", rule, name) for rule in ("/a", "/b") for name in ("f", "g")),
    ("post", "/a", "p"),
    ("hook", "before_request", "h"),
    ("hook", "after_request", "h"),
    ("handler", "404", "lost"),
    ("filter", "loud", "loud"),
)
cells = st.lists(st.sampled_from(ITEMS), max_size=3, unique=True)
histories = st.lists(
    st.tuples(st.sampled_from("xyz"), cells, st.booleans()), max_size=8
)


def function(name, mark):
    def made(*given):
        return given[0] if given else mark

    made.__name__ = made.__qualname__ = name
    made.mark = mark
    return made


def register(app, item, mark):
    kind, what, name = item
    made = function(name, mark)
    if kind in {"route", "post"}:
        (app.get if kind == "route" else app.post)(what)(made)
    elif kind == "hook":
        getattr(app, what)(made)
    elif kind == "handler":
        app.errorhandler(int(what))(made)
    else:
        app.template_filter(what)(made)


def claims(text):
    """Return what of a cell no other may have beside it."""
    for kind, what, name in text:
        yield kind, what
        yield kind, what if kind == "hook" else name


def have_no_rivals(texts):
    found = Counter(claim for text in texts for claim in {*claims(text)})
    return all(count == 1 for count in found.values())


def fits(text):
    """Whether Flask takes a cell: it has one function for each endpoint."""
    ends = [name for kind, _, name in text if kind == "route"]
    rules = [what for kind, what, _ in text if kind == "route"]
    return len(ends) == len({*ends}) and len(rules) == len({*rules})


def held(app):
    views = app.view_functions
    return {
        *(
            (
                "POST" in each.methods,
                each.rule,
                each.endpoint,
                views[each.endpoint].mark,
            )
            for each in app.url_map.iter_rules()
            if each.endpoint != "static"
        ),
        *(
            ("hook", kind, each.__name__, each.mark)
            for kind in ("before_request", "after_request")
            for each in getattr(app, f"{kind}_funcs").get(None, ())
        ),
        *(
            ("handler", f"{code}", each.__name__, each.mark)
            for code, kinds in app.error_handler_spec[None].items()
            for each in kinds.values()
        ),
        *(
            ("filter", name, each.__name__, each.mark)
            for name, each in app.jinja_env.filters.items()
            if hasattr(each, "mark")
        ),
    }


def run(app, cell, text, *, succeeds=True):
    open_edition(Owner("cell", cell, live=True), globals())
    for item in text:
        register(app, item, cell)
    close_edition(succeeded=succeeds)


@given(history=histories)
def test_cells_that_claim_nothing_twice_make_the_app_of_a_module(history):
    app, texts = Flask(__name__), {}
    for cell, text, succeeds in history:
        text = text if fits(text) else text[:1]
        run(app, cell, text, succeeds=succeeds)
        if succeeds:
            texts[cell] = text
        if have_no_rivals(texts.values()):
            fresh = Flask(__name__)
            for each, its in texts.items():
                for item in its:
                    register(fresh, item, each)
            assert held(app) == held(fresh)
