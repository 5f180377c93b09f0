"""An app that remembers what it receives, with a page that probes: one cell's text."""

from pathlib import Path

from nbflask import Flask, request

SCRIPT = "</pre></style><script>window.hostile = 'a script'</script>"
IMAGE = "\"'><img src=x: onerror=\"window.hostile = 'an image'\">"
PAGE = Path("probe.html").read_text("utf-8")

app = Flask(__name__)
received = []


@app.before_request
def remember():
    received.append([request.method, request.full_path, str(request.headers)])


@app.get("/probe")
def probe():
    return PAGE


@app.get("/found/<name>")
def found(name):
    return name


@app.route("/sprung/<trap>", methods=["GET", "POST"])
def sprung(trap):
    return trap


@app.get("/fail")
def fail():
    app.logger.error(SCRIPT)
    raise ValueError(SCRIPT + IMAGE)


@app.route("/secret", methods=["GET", "PUT"])
def secret():
    return "what only this origin may read"
