"""The text of an .http file: read, checked, and made into requests."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import strategies as st

from nbflask.grammar.errors import LineError
from nbflask.grammar.http_prepare import Place, prepare_http, verify_http
from nbflask.grammar.http_reading import read_http
from nbflask.grammar.http_values import Scope

FILE = """\
@host = http://localhost:5000
@token = {{$guid}}

### Log in
# @name login
POST {{host}}/login HTTP/1.1
Content-Type: application/json

{"name": "Ada", "at": {{$timestamp}}}

###
// a comment
GET /users
    ?page=1
    &size={{size}}
Authorization: Bearer {{login.response.body.$.token}}
X-Id: {{$randomInt 1 9}}
"""
MARKS = (
    "###",
    "\n",
    "\r\n",
    "@a = ",
    "{{",
    "}}",
    "# @name x",
    "< ",
    "//",
    "GET /",
    ": ",
)
SCOPE = Scope(evaluate=lambda expression: len(expression))
HERE = Place(owns=lambda host: host == "localhost:5000")

examples = (FILE.encode(), FILE.replace("\n", "\r\n").encode())
inputs = st.lists(
    st.sampled_from([*MARKS, *FILE.splitlines(keepends=True)]) | st.text(max_size=5)
).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))


def check(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    if "<" in text:
        return  # a file that it names is none of the fuzzer's business
    with suppress(LineError):
        for request in read_http(text).requests:
            with suppress(LineError):
                verify_http(request, SCOPE, HERE)
                prepare_http(request, SCOPE, HERE).as_client_kwargs()
