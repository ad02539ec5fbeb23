"""A backup and its restore: a Consul of this machine, and the stand-in for Marathon."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.plan.plan import Plan
from ops.backup import marathon
from ops.backup.__main__ import backup, lines, take
from ops.backup.content import Content, Tokens
from ops.backup.restore import put_back, restore
from ops.backup.sealed import seal
from ops.backup.target import Target
from ops.demo.target import DEFINITION, DemoTarget
from ops.remote.errors import OperatorError
from sandbox.standins.common.web import Refused
from sandbox.standins.marathon import tree
from tests.unit.layers import unpacked
from tests.unit.ops.conftest import OUTPUTS, MakeStack
from tests.unit.plans import plan
from tests.unit.program import AGENT_TOKEN, BACKUP_KEY, MANAGEMENT_TOKEN
from tests.unit.services.consul_server import Consul, changed, running
from tests.unit.standins.cluster import Cluster

APP = "/nodejs-rest-api"
KEY = "kv/apollo/haproxy/maxConnections"
TOKENS = Tokens(management=MANAGEMENT_TOKEN, agent=AGENT_TOKEN)


class Consuls:
    """New servers, one after the other, each with its own tokens."""

    def __init__(self, program: Path, folder: Path, stack: ExitStack) -> None:
        self._program, self._folder, self._stack = program, folder, stack

    def new(self, whole: Plan) -> Consul:
        token = whole.settings.consul_agent_token.get_secret_value()
        server = self._stack.enter_context(running(self._program, self._folder / str(uuid4()), token))
        server.up(whole)
        return server


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("consul", tmp_path_factory.mktemp("consul")) / "usr/bin/consul"


@pytest.fixture
def consuls(program: Path, tmp_path: Path) -> Iterator[Consuls]:
    with ExitStack() as stack:
        yield Consuls(program, tmp_path, stack)


@pytest.fixture
def definition() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DEFINITION.read_text())
    return found


def of(target: DemoTarget, consul: Consul | None = None, tokens: Tokens = TOKENS) -> Target:
    """What `make backup` and `make restore` connect to."""
    pages = {"marathon": target.pages["marathon"]} | ({"consul": [f"{consul.url}/ui/"]} if consul else {})
    return Target(
        stack="test",
        nodes=target.nodes,
        pages=pages,
        tokens=tokens if consul else None,
        private_key=target.private_key,
        timeouts=replace(target.timeouts, known=90),
    )


def put(consul: Consul, key: str, value: str, token: str = MANAGEMENT_TOKEN) -> None:
    headers = {"X-Consul-Token": token}
    httpx.put(f"{consul.url}/v1/{key}", content=value, headers=headers, trust_env=False).raise_for_status()


def read(consul: Consul, key: str, token: str = MANAGEMENT_TOKEN) -> str | None:
    headers = {"X-Consul-Token": token}
    answer = httpx.get(f"{consul.url}/v1/{key}?raw", headers=headers, trust_env=False)
    return answer.text if answer.status_code == httpx.codes.OK else None


def apps(cluster: Cluster) -> dict[str, dict[str, Any]]:
    return {app["id"]: app for app in cluster.ask("GET", "/v2/apps").json()["apps"]}


async def printed(target: Target, content: Content) -> list[str]:
    return [line async for line in put_back(target, content)]


async def test_data_and_apps_of_one_cluster_come_back_in_another(
    target: DemoTarget, cluster: Cluster, consuls: Consuls, definition: dict[str, Any]
) -> None:
    old, new = consuls.new(plan()), consuls.new(plan())
    put(old, KEY, "123")
    put(old, "kv/apollo/drain/slave-1", "out")
    put(new, "kv/apollo/drain/slave-2", "out")
    put(new, "kv/apollo/before/slave-2", "rest=2")
    cluster.ask("POST", "/v2/apps", definition)
    before = apps(cluster)[APP]
    packed = (await take(of(target, old))).pack()
    cluster.ask("DELETE", f"/v2/apps{APP}?force=true")

    content = Content.unpack(packed)
    assert [*lines(content)][1] == f"marathon: apps {APP}"
    done = await printed(of(target, new), content)
    assert done == [
        "consul: restored, and every node is in its catalog again (master-1 had other ids)",
        "marathon: restored, and every app has started",
    ]
    assert read(new, KEY) == "123"
    assert read(new, "kv/apollo/drain/slave-1") is None, "a slave that was out of use is not in the new cluster"
    assert read(new, "kv/apollo/drain/slave-2") == "out", "a slave that is out of use stays so"
    assert read(new, "kv/apollo/before/slave-2") == "rest=2"
    (member,) = new.ask("GET", "agent/members", MANAGEMENT_TOKEN)
    assert [node["ID"] for node in new.ask("GET", "catalog/nodes", MANAGEMENT_TOKEN)] == [member["Tags"]["id"]]
    after = apps(cluster)[APP]
    ignored = {"version", "versionInfo", "deployments", "tasksStaged"}
    assert {**after, **dict.fromkeys(ignored)} == {**before, **dict.fromkeys(ignored), "tasksRunning": 2}


async def test_a_cluster_whose_tokens_changed_since_the_backup_keeps_its_own(
    target: DemoTarget, consuls: Consuls
) -> None:
    consul = consuls.new(plan())
    put(consul, KEY, "123")
    content = await take(of(target, consul))
    secrets = changed()
    now = Tokens(management=secrets["consulManagementToken"], agent=secrets["consulAgentToken"])
    consul.up(plan(**secrets))
    assert content.consul
    # As a restore leaves it that was cut off after its first request.
    put_snapshot(consul, content.consul, now.management)
    assert not consul.accepts(now.management)

    for _ in range(2):
        await printed(of(target, consul, now), content)
        assert read(consul, KEY, now.management) == "123"
        tokens = [now.management, now.agent, MANAGEMENT_TOKEN, AGENT_TOKEN]
        assert [consul.accepts(token) for token in tokens] == [True, True, False, False]
    consul.up(plan(**secrets))


def put_snapshot(consul: Consul, snapshot: bytes, token: str) -> None:
    headers = {"X-Consul-Token": token}
    httpx.put(f"{consul.url}/v1/snapshot", content=snapshot, headers=headers, trust_env=False).raise_for_status()


async def test_an_app_that_the_backup_does_not_have_stops_the_restore_before_anything_changes(
    target: DemoTarget, cluster: Cluster, consuls: Consuls, definition: dict[str, Any]
) -> None:
    consul = consuls.new(plan())
    put(consul, KEY, "123")
    content = await take(of(target, consul))
    put(consul, KEY, "456")
    cluster.ask("POST", "/v2/apps", definition | {"id": "/group/other"})
    with pytest.raises(OperatorError, match=r"^Marathon runs /group/other, which the backup does not have"):
        await printed(of(target, consul), content)
    assert read(consul, KEY) == "456"
    assert [*apps(cluster)] == ["/group/other"]


async def test_a_token_that_consul_refuses_ends_a_backup_with_what_to_do(
    target: DemoTarget, consuls: Consuls
) -> None:
    other = Tokens(management=str(uuid4()), agent=AGENT_TOKEN)
    with pytest.raises(OperatorError, match=r"^Consul does not accept consulManagementToken: `make up` first$"):
        await take(of(target, consuls.new(plan()), other))


async def test_apps_that_do_not_fit_are_named_after_they_are_restored(
    target: DemoTarget, cluster: Cluster, definition: dict[str, Any]
) -> None:
    cluster.ask("POST", "/v2/apps", definition | {"cpus": 100})
    content = await take(of(target))
    cluster.ask("DELETE", f"/v2/apps{APP}?force=true")
    short = replace(of(target), timeouts=replace(target.timeouts, deployed=0.5))
    with pytest.raises(OperatorError, match=rf"^marathon: the apps are restored, but not all have started: {APP};"):
        await printed(short, content)
    assert [*apps(cluster)] == [APP]


def test_the_stand_in_reads_the_groups_that_it_wrote() -> None:
    apps = [{"id": "/a"}, {"id": "/b/c"}, {"id": "/b/d/e"}, {"id": "/b/d/f"}]
    grown = tree.grown(apps, 0)
    assert [group["id"] for group in grown["groups"]] == ["/b"]
    assert [group["id"] for group in grown["groups"][0]["groups"]] == ["/b/d"]
    assert [*tree.apps_of(marathon.writable(marathon.definition(grown)))] == apps
    with pytest.raises(Refused, match="this stand-in has no dependencies of groups"):
        [*tree.apps_of({"id": "/", "dependencies": ["/a"]})]


def test_pods_are_not_in_a_backup_and_are_named() -> None:
    group = {"id": "/", "groups": [{"id": "/b", "pods": [{"id": "/b/pod", "status": "STABLE"}]}]}
    content = replace(EMPTY, marathon=marathon.definition(group))
    assert [*lines(content)] == [
        "marathon: no apps",
        "marathon: not in the backup are pods (/b/pod): keep their definitions elsewhere",
    ]
    assert marathon.writable(content.marathon or {}) == {
        "id": "/",
        "apps": [],
        "groups": [{"id": "/b", "apps": [], "groups": []}],
    }


CONFIG = {
    "backupKey": BACKUP_KEY,
    "consulManagementToken": MANAGEMENT_TOKEN,
    "consulAgentToken": AGENT_TOKEN,
}
EMPTY = Content(stack="dev", made="2026-11-21T00:00:00Z", marathon={"id": "/", "apps": [], "groups": [], "pods": []})


@pytest.mark.parametrize(
    ("outputs", "config", "error"),
    [
        ({"nodes": OUTPUTS, "uiUrls": {"marathon": []}}, {}, "backupKey is not set: `make init STACK=test` makes it"),
        ({}, CONFIG, "the stack test has no nodes"),
        ({"nodes": OUTPUTS, "uiUrls": {"scope": []}}, CONFIG, "the stack test runs neither consul nor marathon"),
    ],
)
def test_a_stack_that_can_not_be_backed_up_is_refused_with_what_to_do(
    stack: MakeStack, outputs: dict[str, Any], config: dict[str, str], error: str
) -> None:
    with pytest.raises(OperatorError) as refused:
        backup(stack(outputs, config), "")
    assert str(refused.value).startswith(error)


def test_a_backup_of_a_service_that_the_stack_does_not_run_is_refused(stack: MakeStack, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    file.write_bytes(seal(EMPTY.pack(), BACKUP_KEY))
    made = stack({"nodes": OUTPUTS, "uiUrls": {"consul": ["http://127.0.0.1:8500/ui/"]}}, CONFIG)
    with pytest.raises(OperatorError, match=rf"^{file} has data of marathon: add to the config key services"):
        restore(made, str(file), unasked=True)


def test_a_restore_needs_a_source(stack: MakeStack) -> None:
    with pytest.raises(OperatorError, match=r"^FROM is not set: name a file that `make backup` wrote"):
        restore(stack({"nodes": OUTPUTS}, CONFIG), "", unasked=True)
