"""What is no request: refused, once, and nothing that follows is taken for another."""

from __future__ import annotations

import pytest
from wire import GET, HOST, LAST, MARKER, hello, send, statuses, talk, tell

LINE = b"GET / HTTP/1.1\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST


def with_field(field: bytes) -> bytes:
    return LINE + HOST + field + b"\r\n\r\n"


def with_line(line: bytes) -> bytes:
    return line + b"\r\n" + HOST + b"\r\n"


#: What is no request, and the status it gets.
MALFORMED: dict[str, tuple[bytes, int]] = {
    # Lines
    "no words": (with_line(b"nonsense"), 400),
    "no version": (with_line(b"GET /"), 400),
    "an empty target": (with_line(b"GET  HTTP/1.1"), 400),
    "a space in the target": (with_line(b"GET /a b HTTP/1.1"), 400),
    "a tab between": (with_line(b"GET\t/\tHTTP/1.1"), 400),
    "two spaces": (with_line(b"GET  / HTTP/1.1"), 400),
    "a space before": (with_line(b" GET / HTTP/1.1"), 400),
    "a space after": (with_line(b"GET / HTTP/1.1 "), 400),
    "a method that is no token": (with_line(b"G(T / HTTP/1.1"), 400),
    "a NUL in the target": (with_line(b"GET /\0 HTTP/1.1"), 400),
    "an escape in the target": (with_line(b"GET /\x1b[31m HTTP/1.1"), 400),
    "a bare CR in the line": (with_line(b"GET /\r HTTP/1.1"), 400),
    "a bare CR before": (b"\r" + GET, 400),
    "a bare LF before": (b"\n" + GET, 400),
    "a bare LF after the line": (b"GET / HTTP/1.1\n" + HOST + b"\r\n", 400),
    "bare LFs throughout": (GET.replace(b"\r\n", b"\n"), 400),
    "three empty lines before": (b"\r\n\r\n\r\n" + GET, 400),
    "a version in lower case": (with_line(b"GET / http/1.1"), 400),
    "a version without a dot": (with_line(b"GET / HTTP/1"), 400),
    "a version of two digits": (with_line(b"GET / HTTP/1.10"), 400),
    "HTTP/2.0": (with_line(b"GET / HTTP/2.0"), 505),
    "HTTP/0.9": (with_line(b"GET / HTTP/0.9"), 505),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "a TLS hello": (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", 400),
    "an authority as target": (with_line(b"CONNECT localhost:80 HTTP/1.1"), 400),
    "a relative target": (with_line(b"GET index.html HTTP/1.1"), 400),
    "a target for all but OPTIONS": (with_line(b"GET * HTTP/1.1"), 400),
    "a target for all and more": (with_line(b"OPTIONS *a HTTP/1.1"), 400),
    "a whole URL without a host": (with_line(b"GET http:///a HTTP/1.1"), 400),
    "a whole URL with a port alone": (with_line(b"GET http://:80/a HTTP/1.1"), 400),
    "another scheme": (with_line(b"GET ftp://localhost/ HTTP/1.1"), 400),
    # Fields
    "a folded field": (with_field(b"A: b\r\n c"), 400),
    "a folded first field": (LINE + b" A: b\r\n" + HOST + b"\r\n", 400),
    "a folded Host": (LINE + b"Host:\r\n localhost\r\n\r\n", 400),
    "a bare LF in a field": (with_field(b"A: b\nC: d"), 400),
    "a bare LF at the end": (LINE + HOST + b"\n", 400),
    "a bare LF and an empty line": (LINE + b"Host: localhost\n\r\n\r\n", 400),
    "a bare CR in a field": (with_field(b"A: b\rC: d"), 400),
    "a NUL in a field": (with_field(b"A: b\0"), 400),
    "a bell in a field": (with_field(b"A: \x07"), 400),
    "a DEL in a field": (with_field(b"A: \x7f"), 400),
    "a space before the colon": (with_field(b"A : b"), 400),
    "a tab before the colon": (with_field(b"A\t: b"), 400),
    "a space in a name": (with_field(b"A B: c"), 400),
    "a name that is no token": (with_field(b"A(B): c"), 400),
    "a name that is not ASCII": (with_field("Ä: b".encode()), 400),
    "an empty name": (with_field(b": b"), 400),
    "no colon": (with_field(b"A"), 400),
    "no Host": (LINE + b"\r\n", 400),
    "an empty Host": (LINE + b"Host:\r\n\r\n", 400),
    "two Hosts": (with_field(b"Host: localhost"), 400),
    "two Hosts in one": (LINE + b"Host: localhost, localhost\r\n\r\n", 400),
    # Framing
    "two lengths": (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    "two other lengths": (
        POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\na",
        400,
    ),
    "two lengths in one": (POST + b"Content-Length: 1, 1\r\n\r\na", 400),
    "a length with a plus": (POST + b"Content-Length: +1\r\n\r\na", 400),
    "a length with a minus": (POST + b"Content-Length: -1\r\n\r\na", 400),
    "a length with a space": (POST + b"Content-Length: 1 0\r\n\r\na", 400),
    "a length with an underscore": (POST + b"Content-Length: 1_0\r\n\r\na", 400),
    "a length in hexadecimal": (POST + b"Content-Length: 0x1\r\n\r\na", 400),
    "a length with a point": (POST + b"Content-Length: 1.0\r\n\r\na", 400),
    "a length in wide digits": (POST + "Content-Length: １\r\n\r\na".encode(), 400),
    "a superscript length": (POST + b"Content-Length: \xb2\r\n\r\na", 400),
    "an empty length": (POST + b"Content-Length:\r\n\r\na", 400),
    "a length of twenty digits": (
        POST + b"Content-Length: 99999999999999999999\r\n\r\n",
        400,
    ),
    "a length and a coding": (
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a coding and a length": (
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two codings": (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "a coding in HTTP/1.0": (
        POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "identity": (POST + b"Transfer-Encoding: identity\r\n\r\n", 501),
    "gzip and chunked": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "chunked and gzip": (POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 501),
    "chunked twice": (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n", 501),
    "xchunked": (POST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "chunked with a parameter": (POST + b"Transfer-Encoding: chunked;a=b\r\n\r\n", 501),
    "quoted chunked": (POST + b'Transfer-Encoding: "chunked"\r\n\r\n', 501),
    "chunked and a comma": (POST + b"Transfer-Encoding: chunked,\r\n\r\n", 501),
    "an empty coding": (POST + b"Transfer-Encoding:\r\n\r\n", 501),
    "chunked after a vertical tab": (
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n",
        400,
    ),
    # Sizes
    "a line that is too long": (with_line(b"GET /%b HTTP/1.1" % (b"a" * 66_000)), 431),
    "a field that is too long": (with_field(b"A: " + b"b" * 66_000), 431),
    "a head without end": (LINE + b"A: b\r\n" * 20_000, 431),
    "too many fields": (with_field(b"\r\n".join([b"A: b"] * 100)), 431),
}
#: Those that are requests, but not for anything that is served here.
FOREIGN = (
    *("an empty Host", "two Hosts in one"),
    *("a whole URL without a host", "a whole URL with a port alone"),
)
EACH = pytest.mark.parametrize(
    ("request_bytes", "status"), MALFORMED.values(), ids=[*MALFORMED]
)


@EACH
def test_what_is_no_request_is_refused_once(request_bytes, status, serve, connect):
    """Bytes that follow are not taken for a request, whatever they look like."""
    client = connect(serve(tell))
    client.send(request_bytes + MARKER * 2 + LAST)
    found = statuses(client.rest())
    assert found == ([400, 200, 200, 200] if is_in_step(request_bytes) else [status])


def is_in_step(request_bytes: bytes) -> bool:
    """Whether a request leaves no doubt about its end: it only has a wrong Host."""
    return request_bytes in {MALFORMED[name][0] for name in FOREIGN}


@EACH
def test_what_is_no_request_is_refused_however_it_is_cut(request_bytes, status):
    """Also when it comes in pieces, each of which looks like the beginning of one."""
    size = max(1, len(request_bytes) // 50)
    pieces = [request_bytes[i : i + size] for i in range(0, len(request_bytes), size)]
    assert statuses(talk([*pieces, MARKER]))[0] == status


@EACH
def test_the_app_never_hears_of_what_is_no_request(request_bytes, status):
    heard = []

    def app(environ, start_response):
        heard.append(environ["PATH_INFO"])
        return hello(environ, start_response)

    talk([request_bytes], app)
    assert heard == []


def test_a_refusal_says_why(serve):
    answer = send(serve(), with_field(b"A : b"))
    assert answer.endswith(
        b"\r\n\r\nA header field is not 'Name: value' on one line.\n"
    )
    assert b"Content-Type: text/plain; charset=utf-8\r\n" in answer
    assert b"X-Content-Type-Options: nosniff\r\n" in answer
