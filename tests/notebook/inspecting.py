"""What holds for the HTML and the text of every card, whatever is shown."""

from html.parser import HTMLParser

from nbflask.notebook.display.page import Card

VOID = {"img"}
ALLOWED = {
    "div": {"class", "style"},
    "span": {"class"},
    "p": {"class"},
    "b": {"class", "style"},
    "bdi": set(),
    "code": set(),
    "pre": {"class"},
    "ol": {"class"},
    "ul": {"class"},
    "li": set(),
    "details": {"class", "open"},
    "summary": set(),
    "style": set(),
    "table": {"class"},
    "thead": set(),
    "tbody": set(),
    "tr": {"class"},
    "th": {"scope", "class"},
    "td": {"class", "style"},
    "a": {"download", "href"},
    "img": {"class", "src", "alt"},
    "iframe": {"sandbox", "referrerpolicy", "title", "style", "srcdoc"},
}


class Inspector(HTMLParser):
    """Fails on any tag or attribute that a card has no business with."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.text = [], [], ""
        self.attributes = []

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, tag
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        assert set(names) <= ALLOWED[tag], (tag, names)
        self.seen.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl):
        raise AssertionError(f"a declaration: {decl}")

    unknown_decl = handle_pi = handle_decl


def inspect(card: Card) -> Inspector:
    """Parse a card's HTML and check everything that holds for every card."""
    inspector = Inspector()
    inspector.feed(card.html)
    inspector.close()
    assert inspector.open == []
    for tag, attributes in inspector.attributes:
        check_attributes(tag, attributes)
    check_characters(card.text)
    check_characters(card.html, page=True)
    return inspector


def check_attributes(tag, attributes):
    if tag == "iframe":
        assert attributes["sandbox"] == ""
        assert attributes["srcdoc"].startswith(
            '<!doctype html><meta charset="utf-8"><meta http-equiv='
            '"Content-Security-Policy" content="default-src \'none\'; '
        )
        assert '<base href="https://response.invalid/"' in attributes["srcdoc"]
    if "href" in attributes:
        assert attributes["href"].startswith("data:application/octet-stream;base64,")
    if "src" in attributes:
        assert attributes["src"].startswith("data:image/")
    style = attributes.get("style") or ""
    assert "var(" not in style
    assert "url(" not in style


def check_characters(text, page=False):
    text.encode()  # no half characters: Jupyter's messages are UTF-8
    assert not set(text) & {"\0", "\x1b", "\x07", "\r"}
    if not page:
        assert not any("\u202a" <= c <= "\u202e" for c in text)
