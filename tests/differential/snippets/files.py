"""Static files, send_file, send_from_directory, ranges and conditions."""

from __future__ import annotations

import io
import os
from datetime import datetime, timedelta

from flask import Flask, request, send_file, send_from_directory


def serve(see, view, *requests, **config):
    app = Flask("app")
    app.config.update(PROPAGATE_EXCEPTIONS=True, **config)
    app.add_url_rule("/", "x", view)
    for headers in requests or ({},):
        see.outcome(app.test_client().get, "/", headers=headers)


def static_files(see):
    app = Flask("app")
    client = app.test_client()
    for path in (
        "hello.txt",
        "style.css",
        "none.txt",
        "../note.txt",
        "",
        "%2e%2e/note.txt",
        "a\\b",
    ):
        see(client.get(f"/static/{path}"))
    see(client.head("/static/hello.txt"), client.post("/static/hello.txt"))


def conditions(see):
    app = Flask("app")
    client = app.test_client()
    first = client.get("/static/hello.txt")
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    see(client.get("/static/hello.txt", headers={"If-None-Match": etag}))
    see(client.get("/static/hello.txt", headers={"If-Modified-Since": modified}))
    see(client.get("/static/hello.txt", headers={"If-None-Match": '"other"'}))
    see(client.get("/static/hello.txt", headers={"If-Match": '"other"'}))


def ranges(see):
    client = Flask("app").test_client()
    for wanted in (
        "bytes=0-3",
        "bytes=5-",
        "bytes=-4",
        "bytes=30-40",
        "x",
        "bytes=0-1,3-4",
    ):
        see(client.get("/static/range.bin", headers={"Range": wanted}))


def ages_by_setting(see):
    for age in (None, 60, timedelta(minutes=2), 0):
        serve(see, lambda: send_file("note.txt"), SEND_FILE_MAX_AGE_DEFAULT=age)
    serve(see, lambda: send_file("note.txt", max_age=5))
    serve(see, lambda: send_file("note.txt", max_age=lambda path: 7 if path else None))


def an_app_may_say_how_long(see):
    class Site(Flask):
        def get_send_file_max_age(self, filename):
            return len(os.path.basename(filename))

    app = Site("app")
    app.add_url_rule("/", "x", lambda: send_file("note.txt"))
    see(app.test_client().get("/"), app.test_client().get("/static/hello.txt"))


def names_and_types(see):
    serve(see, lambda: send_file("note.txt", as_attachment=True))
    serve(
        see, lambda: send_file("note.txt", as_attachment=True, download_name="ä b.txt")
    )
    serve(see, lambda: send_file("note.txt", download_name="x.json"))
    serve(see, lambda: send_file("note.txt", mimetype="a/b"))
    serve(see, lambda: send_file("static/range.bin"))
    serve(see, lambda: send_file("static/style.css"))


def etags_and_times(see):
    serve(see, lambda: send_file("note.txt", etag=False))
    serve(see, lambda: send_file("note.txt", etag="own"))
    serve(see, lambda: send_file("note.txt", last_modified=datetime(2020, 1, 1)))
    serve(see, lambda: send_file("note.txt", last_modified=0))
    serve(see, lambda: send_file("note.txt", conditional=False), {"Range": "bytes=0-1"})


def file_objects(see):
    serve(see, lambda: send_file(io.BytesIO(b"bytes")))
    serve(see, lambda: send_file(io.BytesIO(b"bytes"), mimetype="text/plain"))
    serve(see, lambda: send_file(io.BytesIO(b"bytes"), download_name="x.txt"))
    serve(see, lambda: send_file(io.StringIO("text"), mimetype="text/plain"))
    serve(see, lambda: send_file(io.BytesIO(b"x"), mimetype="a/b", as_attachment=True))
    serve(see, lambda: send_file(open("note.txt", "rb"), mimetype="text/plain"))  # noqa: SIM115


def missing_files(see):
    serve(see, lambda: send_file("none.txt"))
    serve(see, lambda: send_file("static"))
    serve(see, lambda: send_from_directory("static", "none.txt"))
    serve(see, lambda: send_from_directory("static", "../note.txt"))
    serve(see, lambda: send_from_directory("none", "hello.txt"))


def from_directories(see):
    serve(see, lambda: send_from_directory("static", "hello.txt"))
    serve(
        see,
        lambda: send_from_directory(os.path.abspath("static"), "hello.txt", max_age=9),
    )
    serve(see, lambda: send_from_directory("static", "hello.txt", as_attachment=True))
    serve(see, lambda: send_from_directory("static", "hello.txt", nope=1))
    serve(see, lambda: send_from_directory("static", path="hello.txt", mimetype="a/b"))


def servers_may_send_files(see):
    serve(
        see,
        lambda: (
            send_file(os.path.abspath("note.txt"))
            .headers.get("X-Sendfile", "none")
            .rpartition("/")[2]
        ),
        USE_X_SENDFILE=True,
    )


def static_folders_of_ones_own(see):
    app = Flask("app", static_folder="admin/static", static_url_path="")
    app.add_url_rule("/page", "page", lambda: "page")
    client = app.test_client()
    see(client.get("/admin.txt"), client.get("/page"), client.get("/none"))
    app = Flask("app", static_folder="/nowhere")
    see(app.test_client().get("/nowhere/x"), app.static_url_path)


def uploads(see):
    app = Flask("app")

    @app.post("/")
    def upload():
        file = request.files["f"]
        return [
            file.filename,
            file.mimetype,
            file.read().decode(),
            request.form.to_dict(),
        ]

    data = {"f": (io.BytesIO(b"content"), "ä.txt"), "a": "1"}
    see(app.test_client().post("/", data=data))
    see(app.test_client().post("/", data={"a": "1"}))
