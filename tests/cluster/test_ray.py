"""The file that an export writes for Ray Serve, on a real cluster of two nodes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from http.client import HTTPConnection
from urllib.request import Request, urlopen

import pytest

from nbflask.export.deployment.ray import ray_serve

from .serving import LIMIT, Shop, Visitors, until, without_ray

pytestmark = pytest.mark.ray


def are_held(shop: Shop, number: int) -> list[int]:
    """Wait until so many requests are held, and return the replicas that hold them."""
    found = until(lambda: len(held := shop.begun("/hold/")) == number and held)
    return [pid for [pid] in found.values()]


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_load_is_spread_over_replicas_on_both_nodes(shop):
    shop.serve(2)
    # Two threads in each of two replicas: four requests at a time need both.
    with Visitors(shop, "/hold/*", 4, once=True) as visitors:
        pids = are_held(shop, 4)
        shop.let_go()
    assert not visitors.failed
    assert sorted(visitors.pids().values()) == [2, 2]
    assert len({shop.replicas[pid]["node_id"] for pid in pids}) == 2


def only_lost_there(shop: Shop, victim: int, visitors: Visitors) -> bool:
    """Whether what failed had been asked before, and was begun by the victim if at
    all, and whether what was answered had not been begun elsewhere as well."""
    begun = shop.begun("/")
    return all(
        not each.late and begun.get(each.path, [victim]) == [victim]
        if each.failed
        else begun[each.path] == [each.json["pid"]]
        for each in visitors.answers
    )


def test_a_replica_killed_under_load_loses_what_was_in_flight_there_and_no_more(shop):
    shop.serve(2)
    before = set(shop.replicas)
    with (
        Visitors(shop, "/hold/*", 1, once=True) as unlucky,
        Visitors(shop, "/work/*", 6) as visitors,
    ):
        [victim] = are_held(shop, 1)
        until(lambda: set(visitors.pids()) == before)
        os.kill(victim, signal.SIGKILL)
        visitors.happened.set()
        until(lambda: set(visitors.pids()) - before)
    [lost] = unlucky.failed
    assert lost.status >= 500
    assert only_lost_there(shop, victim, visitors)
    assert any(each.late for each in visitors.answers)
    # Who asks again is served.
    shop.let_go()
    assert shop.ask(lost.path).status == 200


def test_a_node_that_is_lost_takes_what_was_in_flight_there_and_no_more(shop):
    shop.serve(2)
    # Two threads in each of two replicas: three requests at a time need both.
    with (
        Visitors(shop, "/hold/*", 3, once=True) as held,
        Visitors(shop, "/work/*", 4) as visitors,
    ):
        pids = are_held(shop, 3)
        shop.cluster.tell("lose")
        [victim] = until(lambda: [pid for pid in {*pids} if is_gone(pid)])
        visitors.happened.set()
        until(lambda: set(visitors.pids()) - {*pids})
        shop.let_go()
    shop.cluster.tell("gain")
    assert len(held.failed) == pids.count(victim)
    assert only_lost_there(shop, victim, held)
    assert only_lost_there(shop, victim, visitors)
    assert any(each.late for each in visitors.answers)


def test_settings_change_and_replicas_are_added_while_requests_go_on(shop):
    shop.serve(2, user_config={"NAME": "old"})
    before = set(shop.replicas)
    with Visitors(shop, "/work/*", 4) as visitors:
        until(lambda: set(visitors.pids()) == before)
        shop.serve(3, user_config={"NAME": "new"})
        until(lambda: len(visitors.pids()) == 3)
        visitors.happened.set()
        until(lambda: len([each for each in visitors.answers if each.late]) > 20)
    assert not visitors.failed
    assert {each.json["name"] for each in visitors.answers} == {"old", "new"}
    assert {each.json["name"] for each in visitors.answers if each.late} == {"new"}
    assert before < set(shop.replicas)  # the first two are the same processes


def test_a_new_version_takes_over_while_requests_go_on(shop):
    shop.serve(2)
    with Visitors(shop, "/work/*", 4) as visitors:
        until(lambda: visitors.answers)
        shop.serve(2, version=2)
        visitors.happened.set()
        until(lambda: len([each for each in visitors.answers if each.late]) > 20)
    assert not visitors.failed
    assert {each.json["version"] for each in visitors.answers} == {1, 2}
    assert {each.json["version"] for each in visitors.answers if each.late} == {2}


def test_a_replica_that_has_to_go_finishes_what_it_has_begun(shop):
    shop.serve(2)
    with Visitors(shop, "/hold/*", 4, once=True) as visitors:
        pids = are_held(shop, 4)
        shop.deploy(1)
        until(lambda: shop.states == {"RUNNING": 1, "STOPPING": 1})
        [leaving] = [p for p, r in shop.replicas.items() if r["state"] == "STOPPING"]
        with Visitors(shop, "/work/*", 1, once=True) as late:
            shop.let_go()
    until(lambda: is_gone(leaving))
    assert not visitors.failed + late.failed
    assert visitors.pids()[leaving] == 2
    assert leaving not in late.pids()
    assert pids.count(leaving) == 2


def test_replicas_come_and_go_with_the_load(shop):
    shop.serve((1, 3))
    [first] = shop.replicas
    with Visitors(shop, "/hold/*", 5, once=True) as visitors:
        are_held(shop, 5)
        assert len(shop.replicas) == 3
        shop.let_go()
    until(lambda: shop.states == {"RUNNING": 1})
    assert not visitors.failed
    assert len(visitors.pids()) == 3
    assert first in visitors.pids()


def test_a_replica_whose_app_fails_is_replaced_and_one_that_is_busy_is_not(shop):
    shop.serve(2)
    with Visitors(shop, "/hold/*", 4, once=True) as visitors:
        busy = set(are_held(shop, 4))
        asked = shop.checks()
        until(lambda: all(shop.checks()[pid] > asked[pid] + 4 for pid in busy))
        assert set(shop.replicas) == busy
        shop.let_go()
    assert not visitors.failed
    ill = min(busy)
    (shop.folder / f"{ill}.ill").touch()
    until(lambda: is_gone(ill) and shop.states == {"RUNNING": 2})
    assert len(busy & set(shop.replicas)) == 1


def test_an_app_is_on_a_replica_what_it_is_elsewhere(shop):
    shop.serve(2, route_prefix="/shop")
    connection = HTTPConnection("127.0.0.1", shop.port, timeout=LIMIT)
    # A body whose length nobody knows beforehand
    connection.request("POST", "/shop/size", iter([b"ab", b"cde"]))
    assert json.load(connection.getresponse()) == {"size": 5, "here": "/shop/size"}
    # An answer that is read while it is made
    with urlopen(f"{shop.url}/shop/stream", timeout=LIMIT) as answer:
        assert answer.readline() == b"begun\n"
        shop.let_go()
        assert answer.read() == b"done\n"
    connection.close()


def test_a_session_goes_on_with_another_replica(shop):
    shop.serve(2)
    cookie, pids = "", []

    def visit() -> None:
        nonlocal cookie
        request = Request(f"{shop.url}/visits", headers={"Cookie": cookie})
        with urlopen(request, timeout=LIMIT) as answer:
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
            said = json.load(answer)
        pids.append(said["pid"])
        assert said["visits"] == len(pids)

    until(lambda: visit() or len({*pids}) == 2)


HELLO = """\
from nbflask import Flask

app = Flask(__name__)
app.get("/<name>")(lambda name: f"Hello {name}")
"""


def test_the_commands_that_the_file_names_serve_an_app(shop):
    shop.serve(1)  # visitors have a port now
    text = ray_serve()
    run, build, _ = re.findall(r"^    serve (.*?)  +#", text, re.MULTILINE)
    (shop.folder / "app.py").write_text(HELLO)
    (shop.folder / "serve_app.py").write_text(text)
    shop.run(*build.split())
    assert "min_replicas: 2" in (shop.folder / "serve.yaml").read_text()
    command = [shop.python.with_name("serve"), *run.split()]
    given = {"RAY_ADDRESS": shop.cluster.address, "CPUS_PER_REPLICA": "0.2"}
    with subprocess.Popen(
        [*command, "--name", "hello", "--route-prefix", "/hello"],
        cwd=shop.folder,
        env={**without_ray(), **given},
    ) as process:
        try:
            until(lambda: shop.ask("/hello/you").body == "Hello you")
        finally:
            process.terminate()
            shop.run("shutdown", "--yes", "--address", shop.board)
