"""A Dockerfile: what it says, what a linter says of it, and what comes of its steps."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from shutil import copy2
from urllib.request import urlopen

import pytest
from processes import LIMIT, until, write

from nbflask.export.deployment.docker import SERVER, Image, dockerfile, dockerignore
from nbflask.export.deployment.requirements import installed, requirements
from tests.environments import PROJECT, pip

IMAGES = {
    "a module": Image(),
    "folders": Image(
        files=("app.py", "templates/a/page.html", "templates/b.html", "static/x.css")
    ),
    "a package": Image(
        module="shop",
        variable="create_app()",
        files=("shop/__init__.py", "shop/orders.py", "shop/templates/cart.html"),
        secrets=("SECRET_KEY", "DATABASE_URL"),
    ),
    "spaces": Image(module="my_app", files=("my_app.py", "last year.csv", "a b/c d")),
}
HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.mark.parametrize("name", IMAGES)
def test_a_linter_has_nothing_to_say(name):
    done = subprocess.run(
        [HADOLINT, "--failure-threshold=none", "--format=tty", "-"],
        input=dockerfile(IMAGES[name]),
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_the_linter_does_find_what_is_wrong():
    text = dockerfile(Image()).replace("--no-cache-dir ", "").replace("-slim", "")
    text = text.replace("FROM python:3", "FROM python\n#")
    done = subprocess.run([HADOLINT, "-"], input=text, capture_output=True, text=True)
    assert {"DL3006", "DL3042"} <= set(done.stdout.split())


# What it says


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with what they are told."""
    lines = [each for each in text.splitlines() if not each.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = [each.partition(" ") for each in joined.splitlines() if each]
    return [(name, told.strip()) for name, _, told in found]


def told(image: Image, name: str) -> list[str]:
    return [rest for each, rest in instructions(dockerfile(image)) if each == name]


@pytest.mark.parametrize(
    ("name", "copies"),
    [
        ("a module", ["app.py ./"]),
        ("folders", ["app.py ./", "static/ static/", "templates/ templates/"]),
        ("a package", ["shop/ shop/"]),
        ("spaces", ['["last year.csv", "my_app.py", "./"]', '["a b/", "a b/"]']),
    ],
)
def test_what_the_app_needs_is_copied_and_nothing_else(name, copies):
    image = IMAGES[name]
    assert told(image, "COPY") == ["requirements.txt ./", *copies]
    tops = {each.partition("/")[0] for each in image.files}
    again = {each[1:] for each in dockerignore(image).splitlines() if each[0] == "!"}
    assert again == tops | {"requirements.txt"}


def test_the_server_is_started_without_a_shell_and_not_as_root():
    image = IMAGES["a package"]
    assert told(image, "CMD") == ['["gunicorn", "shop:create_app()"]']
    names = [name for name, _ in instructions(dockerfile(image))]
    assert names.index("RUN") < names.index("USER") < names.index("CMD")
    [user] = told(image, "USER")
    assert int(user) > 0
    assert f"--uid {user}" in told(image, "RUN")[0]


def test_packages_are_installed_before_the_app_is_copied():
    names = [f"{name} {rest}" for name, rest in instructions(dockerfile(Image()))]
    install = "RUN pip install --no-cache-dir -r requirements.txt"
    order = ["COPY requirements.txt ./", install, "COPY app.py ./"]
    assert [each for each in names if each in order] == order


def test_the_python_is_the_one_that_runs_or_another():
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert told(Image(), "FROM") == [f"python:{minor}-slim"]
    assert told(Image(python=(3, 14)), "FROM") == ["python:3.14-slim"]


def test_secrets_are_named_where_the_container_is_started_and_nowhere_else():
    lines = dockerfile(IMAGES["a package"]).splitlines()
    assert [each for each in lines if "SECRET_KEY" in each] == [
        "# docker run --rm -p 8000:8000 -e SECRET_KEY -e DATABASE_URL app"
    ]


# Its steps, carried out in a virtual environment


@dataclass
class Container:
    """A folder and an environment for what a Dockerfile says, as far as it can be
    done without a container: users are not added, and Python is the one that runs."""

    context: Path
    root: Path
    python: Path
    environment: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    check: list[str] = field(default_factory=list)

    def build(self) -> None:
        text = (self.context / "Dockerfile").read_text("utf-8")
        for name, rest in instructions(text):
            getattr(self, f"do_{name.lower()}")(rest)

    def do_nothing(self, rest: str) -> None: ...

    do_from = do_user = do_expose = do_nothing

    def do_workdir(self, rest: str) -> None:
        self.folder = self.root / rest.lstrip("/")
        self.folder.mkdir(parents=True)

    def do_run(self, rest: str) -> None:
        words = rest.split()
        if words[0] == "pip":
            subprocess.run([self.python, "-m", *words], cwd=self.folder, check=True)
        else:
            assert words[0] == "useradd"

    def do_copy(self, rest: str) -> None:
        *sources, target = json.loads(rest) if rest[0] == "[" else rest.split()
        sent = self.sent()
        for source in sources:
            found = [each for each in sent if each.startswith(source)]
            assert found, f"{source} is not sent"
            for each in found:
                place = (
                    self.folder / target / each.removeprefix(source.rstrip("/") + "/")
                )
                place.parent.mkdir(parents=True, exist_ok=True)
                copy2(self.context / each, place)

    def do_env(self, rest: str) -> None:
        pairs = [each.partition("=") for each in shlex.split(rest)]
        self.environment |= {name: value for name, _, value in pairs}

    def do_healthcheck(self, rest: str) -> None:
        self.check = json.loads(rest.partition("CMD ")[2])

    def do_cmd(self, rest: str) -> None:
        self.command = json.loads(rest)

    def sent(self) -> list[str]:
        """Return the paths that .dockerignore lets through: the last pattern counts."""
        patterns = (self.context / ".dockerignore").read_text("utf-8").splitlines()
        files = [each for each in self.context.rglob("*") if each.is_file()]
        paths = [each.relative_to(self.context).as_posix() for each in files]
        return [each for each in paths if not is_left(each, patterns)]

    def run(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(self.python.parent), os.environ["PATH"]])
        own = {"PATH": path, "HOME": str(self.root)}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**own, **self.environment, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def is_well(self, **environment: str) -> bool:
        return self.run(*self.check, **environment).wait(LIMIT) == 0


def is_left(path: str, patterns: list[str]) -> bool:
    left = False
    for pattern in patterns:
        plain = pattern.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        tried = parts if "**/" in pattern else parts[:1]
        if pattern[0] != "#" and any(fnmatch(each, plain) for each in tried):
            left = pattern[0] != "!"
    return left


APP = """\
    import os

    from nbflask import Flask, render_template

    app = Flask(__name__)
    app.secret_key = os.environ["SECRET_KEY"]


    @app.get("/page")
    def page():
        return render_template("page.html", pid=os.getpid())


    @app.get("/broken")
    def broken():
        return {}["nothing"]
"""


@pytest.mark.heavy
def test_the_steps_of_the_dockerfile_make_an_app_that_answers(tmp_path, monkeypatch):
    context = tmp_path / "context"
    for folder in ("templates", "static", "__pycache__"):
        (context / folder).mkdir(parents=True)
    monkeypatch.chdir(context)
    write("app.py", APP)
    write("templates/page.html", "{{ pid }} {{ url_for('static', filename='x.css') }}")
    write("static/x.css", "p {}")
    write(".env", "SECRET_KEY=not for others")
    write("draft.ipynb", "{}")
    files = ("app.py", "templates/page.html", "static/x.css")
    image = Image(files=files, secrets=("SECRET_KEY",))
    write("requirements.txt", requirements(["nbflask", "os", SERVER], installed()))
    write("Dockerfile", dockerfile(image))
    write(".dockerignore", dockerignore(image))

    container = Container(context, tmp_path / "root", tmp_path / "venv/bin/python")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip(container.python, "install", "-q", "-e", str(PROJECT))  # instead of an index's
    container.build()
    copied = {each.name for each in container.folder.rglob("*") if each.is_file()}
    assert copied == {"requirements.txt", "app.py", "page.html", "x.css"}

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    given = {"PORT": port, "SECRET_KEY": "key", "WEB_CONCURRENCY": "3"}
    assert not container.is_well(**given)
    with container.run(*container.command, **given) as server:
        until(lambda: container.is_well(**given))
        pid, link = read(port, "/page").split()
        assert pid != str(server.pid)  # it has workers
        assert read(port, link) == "p {}"
        assert container.is_well(**given, HEALTH_PATH="/nowhere")
        assert not container.is_well(**given, HEALTH_PATH="/broken")
        server.send_signal(signal.SIGTERM)
        assert server.wait(LIMIT) == 0


def read(port: str, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=LIMIT) as response:
        return response.read().decode()
