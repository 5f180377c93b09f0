"""Views that send back what no notebook should run: the text of one cell."""

from pathlib import Path

from nbflask import Flask, Response, make_response, redirect

SCRIPT = "</pre></style><script>window.hostile = 'a script'</script>"
IMAGE = "\"'><img src=x: onerror=\"window.hostile = 'an image'\">"
BOTH = SCRIPT + IMAGE
PAGE = Path("hostile.html").read_text("utf-8")

app = Flask(__name__)


@app.get("/page")
def page():
    return PAGE


@app.get("/headers")
def headers():
    answer = make_response(PAGE)
    answer.headers["X-Hostile"] = BOTH
    answer.headers["Refresh"] = "0; url=https://evil.invalid/refresh"
    answer.headers["Content-Security-Policy"] = "sandbox allow-scripts"
    answer.set_cookie("hostile", BOTH)
    return answer


@app.get("/table")
def table():
    return [{BOTH: BOTH, "n": 1}, {BOTH: 2}]


@app.get("/tree")
def tree():
    return {BOTH: {BOTH: [BOTH, {BOTH: BOTH}]}}


@app.get("/csv")
def csv():
    return Response(f'{SCRIPT},b\n"{SCRIPT}",2\n', mimetype="text/csv")


@app.get("/svg")
def svg():
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{IMAGE}">{SCRIPT}</svg>'
    return Response(drawing, mimetype="image/svg+xml")


@app.get("/text")
def text():
    return Response(BOTH, mimetype="text/plain")


@app.get("/type")
def content_type():
    return Response(BOTH, content_type=BOTH)


@app.get("/status")
def status():
    return BOTH, f"299 {BOTH}"


@app.get("/away")
def away():
    return redirect("javascript:window.hostile='a link'//" + IMAGE)


@app.get("/fail")
def fail():
    app.logger.error(BOTH)
    raise ValueError(BOTH)


def named():
    return "a view and an endpoint with tags for names"


named.__name__ = IMAGE
app.add_url_rule("/named", IMAGE.replace(".", ""), named)
