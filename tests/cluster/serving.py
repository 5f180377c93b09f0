"""What the tests on a cluster are written in: a shop that is served, its visitors."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from zipfile import ZipFile

import processes

from nbflask.export.deployment.ray import ray_serve

LIMIT = 60.0  # seconds that a condition may take before a test fails
SHOP = Path(__file__).with_name("shop.py")
#: What the file reads from the environment.
SETTINGS = {"HEALTH_PATH": "/health", "THREADS": "2", "CPUS_PER_REPLICA": "0.2"}
#: Things are looked after by the second, not by the minute.
BRISK = {"health_check_period_s": 0.5, "graceful_shutdown_wait_loop_s": 0.5}
SCALING = {
    "target_ongoing_requests": 1,
    "metrics_interval_s": 0.5,
    "look_back_period_s": 1,
    "upscale_delay_s": 0.5,
    "downscale_delay_s": 1,
}


def until(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds, and return what it says."""
    return processes.until(condition, LIMIT)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `late` is whether it was asked after something had happened."""

    path: str
    status: int
    body: str
    late: bool = False

    @property
    def failed(self) -> bool:
        return self.status != 200

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of two nodes, and where programs join it."""

    address: str
    process: subprocess.Popen[str]

    def tell(self, word: str) -> None:
        """Have it "lose" its second node or "gain" another, and wait until it has."""
        print(word, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline().strip() == word


@dataclass
class Shop:
    """The shop on a cluster, which is told at `board` what to serve, and where the
    visitors find it at `port`."""

    cluster: Cluster
    python: Path
    board: str
    port: int
    folder: Path = field(init=False)
    numbers: Iterator[int] = field(default_factory=count)

    # Served

    def serve(self, replicas: int | tuple[int, int], **options: Any) -> None:
        """Have the shop served, and wait until it is as it is described."""
        self.deploy(replicas, **options)
        until(lambda: self.is_well and set(self.states) == {"RUNNING"})

    def deploy(
        self,
        replicas: int | tuple[int, int],
        *,
        version: int = 1,
        route_prefix: str = "/",
        **options: Any,
    ) -> None:
        """Do what people do: write the file, and give it to `serve deploy`.

        `replicas` may be the least and the most.
        """
        least, most = replicas if isinstance(replicas, tuple) else (replicas, replicas)
        scaling = {"min_replicas": least, "max_replicas": most, **SCALING}
        environment = {"FOLDER": str(self.folder), **SETTINGS}
        app = {
            "name": "shop",
            "route_prefix": route_prefix,
            "import_path": "serve_app:service",
            "runtime_env": {"working_dir": self.zip(version), "env_vars": environment},
            "deployments": [
                {"name": "app", "autoscaling_config": scaling, **BRISK, **options}
            ],
        }
        settings = {
            "proxy_location": "HeadOnly",
            "http_options": {"host": "127.0.0.1", "port": self.port},
            "applications": [app],
        }
        file = self.folder / "serve.yaml"
        file.write_text(json.dumps(settings), "utf-8")  # JSON is YAML
        self.run("deploy", "-a", self.board, str(file))

    def run(self, *words: str) -> None:
        """Run the program `serve` in the shop's folder."""
        command = [self.python.with_name("serve"), *words]
        done = subprocess.run(
            command, cwd=self.folder, env=without_ray(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def zip(self, version: int) -> str:
        """Return the URL of the shop's files."""
        path = self.folder / f"shop-{version}.zip"
        text = SHOP.read_text("utf-8").replace("VERSION = 1", f"VERSION = {version}")
        if not path.exists():
            with ZipFile(path, "w") as archive:
                archive.writestr("shop.py", text)
                archive.writestr("serve_app.py", ray_serve("shop"))
        return path.as_uri()

    @property
    def state(self) -> dict[str, Any]:
        """What the cluster says of the shop."""
        with urlopen(f"{self.board}/api/serve/applications/", timeout=LIMIT) as answer:
            return json.load(answer)["applications"]["shop"]

    @property
    def is_well(self) -> bool:
        state = self.state
        return state["status"] == "RUNNING" and all(
            each["status"] == "HEALTHY" for each in state["deployments"].values()
        )

    @property
    def listed(self) -> list[dict[str, Any]]:
        """What the cluster says of its replicas, those that it will start, too."""
        return self.state.get("deployments", {}).get("app", {"replicas": []})[
            "replicas"
        ]

    @property
    def states(self) -> Counter[str]:
        """How many replicas are RUNNING, STOPPING …"""
        return Counter(each["state"] for each in self.listed)

    @property
    def replicas(self) -> dict[int, dict[str, Any]]:
        """Its replicas by their processes' numbers."""
        return {each["pid"]: each for each in self.listed if "pid" in each}

    # Asked

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, body: Any = None, **fields: str) -> Answer:
        """Ask once, for a path whose star is a number that no other request has.

        What has no answer is an answer of status 0.
        """
        path = path.replace("*", str(next(self.numbers)))
        request = Request(self.url + path, body, fields)
        try:
            with urlopen(request, timeout=LIMIT) as answer:
                return Answer(path, answer.status, answer.read().decode())
        except HTTPError as error:
            with error:
                return Answer(path, error.code, error.read().decode())
        except OSError as error:
            return Answer(path, 0, repr(error))

    def begun(self, beginning: str) -> dict[str, list[int]]:
        """By the paths that begin so: the replicas that began to answer them."""
        found: dict[str, list[int]] = {}
        for file in self.folder.glob("*.begun"):
            for path in file.read_text("utf-8").split():
                if path.startswith(beginning):
                    found.setdefault(path, []).append(int(file.stem))
        return found

    def checks(self) -> Counter[int]:
        """How often each replica's health was asked for."""
        return Counter(self.begun("/health").get("/health", ()))

    def let_go(self) -> None:
        """Let held requests be answered."""
        (self.folder / "go").touch()


class Visitors:
    """They ask for a path, each again and again, and keep all answers."""

    def __init__(self, shop: Shop, path: str, number: int, once: bool = False) -> None:
        self.shop, self.path, self.once = shop, path, once
        self.answers: list[Answer] = []
        self.over, self.happened = Event(), Event()
        self.threads = [Thread(target=self.go_on) for _ in range(number)]

    def go_on(self) -> None:
        while not self.over.is_set():
            late = self.happened.is_set()
            found = self.shop.ask(self.path)
            self.answers.append(replace(found, late=late))
            if self.once:
                break

    @property
    def failed(self) -> list[Answer]:
        return [each for each in self.answers if each.failed]

    def pids(self) -> Counter[int]:
        """How many answers each replica gave."""
        return Counter(each.json["pid"] for each in [*self.answers] if not each.failed)

    def __enter__(self) -> Visitors:
        for each in self.threads:
            each.start()
        return self

    def __exit__(self, *error: object) -> None:
        if any(error):
            self.shop.let_go()
        self.over.set()
        for each in self.threads:
            each.join(LIMIT)


@contextmanager
def started(python: Path, home: Path, port: int) -> Iterator[Cluster]:
    """A cluster of two nodes, told at a port what to serve."""
    nodes = Path(__file__).with_name("nodes.py")
    # To whichever replica is free, as if each node's own visitors came to it.
    settings = {
        "RAY_SERVE_PROXY_PREFER_LOCAL_NODE_ROUTING": "0",
        "RAY_TMPDIR": str(home),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_memory_monitor_refresh_ms": "0",  # others use this machine's memory, too
    }
    with subprocess.Popen(
        [python, nodes, str(port)],
        cwd=home,  # replicas look for modules there, too
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**without_ray(), **settings},
        text=True,
    ) as process:
        address = process.stdout.readline().strip()
        assert address, "The cluster did not start."
        yield Cluster(address, process)


def without_ray() -> dict[str, str]:
    """Return an environment that says nothing of a cluster or modules elsewhere."""
    told = ("RAY_", "PYTHONPATH")
    return {k: v for k, v in os.environ.items() if not k.startswith(told)}
