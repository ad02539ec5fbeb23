"""The step that removes nodes that are no longer planned from Mesos and Consul, run against both."""

import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from infra.plan.plan import Plan
from infra.services import consul as consul_service
from infra.services import consul_access, scale_in
from infra.services import mesos as mesos_service
from tests.unit import plans, shell
from tests.unit.program import config, launch
from tests.unit.shell import inner, shellcheck

WITH_MESOS = ["zookeeper", "mesos"]
MEMBERS = """\
Node      Address          Status  Type    Build   Protocol  DC   Partition  Segment
master-1  10.0.0.4:8301    alive   server  1.22.0  2         dc1  default    <all>
bastion   10.0.0.200:8301  failed  client  1.22.0  2         dc1  default    <default>
slave-1   10.0.0.13:8301   failed  client  1.22.0  2         dc1  default    <default>
{leaving}"""


def plan(**changes: object) -> Plan:
    """With one master, which is the test's own machine."""
    return plans.plan(**{"masterCount": 1, **changes})


def script(whole: Plan) -> str:
    step = scale_in.step(whole)
    assert step is not None
    return step.script(whole.masters[0], whole.settings.system.init)


def test_scale_in_comes_after_the_gate_of_every_node() -> None:
    command = launch().commands["master-1-scale-in"]
    gates = {*(f"master-{n}-gate" for n in (1, 2, 3)), *(f"slave-{n}-back" for n in (1, 2))}
    assert gates <= command.dependencies
    assert command.deleted_with == "master-1"


@pytest.mark.parametrize(
    ("services", "mesos", "consul"),
    [(WITH_MESOS, True, False), (["consul"], False, True), (["consul", *WITH_MESOS], True, True)],
)
def test_scale_in_connects_only_to_services_of_the_stack(
    services: list[str], mesos: bool, consul: bool, tmp_path: Path
) -> None:
    text = script(plan(services=services))
    assert ("MARK_AGENT_GONE" in text, "force-leave" in text) == (mesos, consul)
    shellcheck(text, "sh", tmp_path)
    shellcheck(inner(text), "bash", tmp_path)


def test_a_stack_with_neither_mesos_nor_consul_has_no_scale_in() -> None:
    assert scale_in.step(plan(services=["zookeeper"])) is None
    assert "master-1-scale-in" not in launch(config(services=[])).commands


@dataclass
class Mesos:
    """A leading master, which writes its JSON as Mesos does, and what it was told."""

    nodes: dict[str, str]
    status: int = 200
    leads: bool = True
    running: list[int] = field(default_factory=lambda: [4])
    gone: list[str] = field(default_factory=list)
    port: int = 0

    def page(self, path: str) -> tuple[int, dict[str, str], str]:
        if path == "/redirect":
            leader = {"Location": f"//127.0.0.1:{self.port}"}
            return (307, leader, "") if self.leads else (503, {}, "No leader elected")
        if path == "/metrics/snapshot":
            now = self.running.pop(0) if len(self.running) > 1 else self.running[0]
            return 200, {}, f'{{"master\\/tasks_lost":1.0,"master\\/tasks_running":{now}.0,"registrar\\/log":1.0}}'
        slaves = [
            f'{{"id":"{id}","hostname":"10.0.0.1","port":5051,"attributes":{{"node":"{node}","zone":"a"}},'
            f'"pid":"slave(1)@10.0.0.1:5051","resources":{{"disk":9.0}},"reserved_resources_full":{{}}}}'
            for id, node in self.nodes.items()
        ]
        return 200, {}, f'{{"slaves":[{",".join(slaves)}],"recovered_slaves":[]}}'


@pytest.fixture
def mesos() -> Iterator[Mesos]:
    made = Mesos(nodes={"m-S0": "slave-1", "m-S1": "slave-2", "m-S2": "slave-11", "m-S3": "other"})

    class Page(BaseHTTPRequestHandler):
        def answer(self, status: int, headers: dict[str, str], text: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self) -> None:
            self.answer(*made.page(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            assert (self.path, body["type"], self.headers["content-type"]) == (
                "/api/v1",
                "MARK_AGENT_GONE",
                "application/json",
            )
            made.gone.append(body["mark_agent_gone"]["agent_id"]["value"])
            self.answer(made.status, {}, "")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def run(whole: Plan, folder: Path, *, port: int = 0, seconds: int = 5) -> "subprocess.CompletedProcess[str]":
    """What the step applies, with Mesos at this port and a docker that has no Consul but what is in `folder`."""
    here = replace(whole, masters=(replace(whole.masters[0], private_address=IPv4Address("127.0.0.1")),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mesos_service, "MASTER_PORT", port)
        patch.setattr(consul_service, "_SECRETS", folder / "secrets.json")
        patch.setattr(consul_access, "MANAGEMENT", folder / "management")
        step = scale_in.step(here, seconds=seconds)
    assert step is not None
    return shell.run(step, folder)


def test_agents_of_slaves_that_are_no_longer_planned_are_removed_from_mesos(mesos: Mesos, tmp_path: Path) -> None:
    mesos.running = [4, 2, 3, 4]
    whole = plan(slaveCount=1, services=WITH_MESOS)
    done = run(whole, tmp_path, port=mesos.port)
    assert (done.returncode, done.stderr) == (0, "")
    assert mesos.gone == ["m-S1", "m-S2"], "not slave-1, which stays, nor one of somebody else's"
    assert mesos.running == [4], "it waited until as many tasks ran again"


def test_without_room_for_the_tasks_the_wait_ends_at_its_bound(mesos: Mesos, tmp_path: Path) -> None:
    mesos.running = [4, 2]
    done = run(plan(slaveCount=1, services=WITH_MESOS), tmp_path, port=mesos.port, seconds=1)
    assert done.returncode == 0


def test_scale_in_does_not_wait_when_no_node_leaves(mesos: Mesos, tmp_path: Path) -> None:
    mesos.running = [4, 2]
    assert run(plan(slaveCount=11, services=WITH_MESOS), tmp_path, port=mesos.port).returncode == 0
    assert (mesos.gone, mesos.running) == ([], [2])


@pytest.mark.parametrize("status", [404, 503])
def test_an_agent_that_mesos_removed_itself_is_not_a_failure(mesos: Mesos, status: int, tmp_path: Path) -> None:
    mesos.status = status
    assert run(plan(slaveCount=1, services=WITH_MESOS), tmp_path, port=mesos.port).returncode == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"leads": False}, "mesos has no leading master: bring up a majority of the masters"),
        ({"status": 403}, "Mesos does not remove the agent of slave-2 (it answers 403): see"),
    ],
)
def test_a_failure_of_mesos_is_reported_with_what_to_do(
    mesos: Mesos, change: dict[str, object], said: str, tmp_path: Path
) -> None:
    for name, value in change.items():
        setattr(mesos, name, value)
    done = run(plan(slaveCount=1, services=WITH_MESOS), tmp_path, port=mesos.port, seconds=1)
    assert done.returncode == 1
    assert said in done.stderr


@dataclass
class Consul:
    """In place of docker: a Consul that lists these members, and writes down what it was told, by which token."""

    folder: Path

    def lists(self, *leaving: str, answers: bool = True) -> None:
        (self.folder / "members").write_text(MEMBERS.format(leaving="".join(f"{line}\n" for line in leaving)))
        (self.folder / "secrets.json").write_text(json.dumps({"acl": {"tokens": {"agent": "an-agent"}}}, indent=2))
        (self.folder / "management").write_text("may-all\n")
        (self.folder / "bin").mkdir()
        docker = self.folder / "bin/docker"
        docker.write_text(
            f'#!/bin/sh\nshift 5\necho "$CONSUL_HTTP_TOKEN $*" >>{self.folder}/told\n'
            f"case $1 in members) cat {self.folder}/members ;; leave) exit {int(not answers)} ;; esac\n"
        )
        docker.chmod(0o755)
        shell.program(self.folder / "bin", "apollo-drain", f'echo "drain $*" >>{self.folder}/told')

    @property
    def told(self) -> list[str]:
        return (self.folder / "told").read_text().splitlines()[1:]


def test_nodes_that_are_no_longer_planned_leave_consul_and_a_dead_one_is_not_dialled(tmp_path: Path) -> None:
    consul = Consul(tmp_path)
    consul.lists(
        "slave-2   10.0.32.14:8301  alive   client",
        "slave-3   10.0.64.15:8301  failed  client",
        "slave-4   10.0.0.16:8301   left    client",
    )
    done = run(plan(slaveCount=1, services=["consul"]), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (consul.told[0], consul.told[-1]) == ("drain leave slave-2 slave-3", "drain forget slave-2 slave-3")
    assert sorted(consul.told[1:-1]) == [
        "an-agent leave -http-addr=http://10.0.32.14:8500",
        "may-all force-leave slave-3",
    ], "not slave-1, which is planned, nor a node that is not of ours"


def test_a_node_that_does_not_answer_is_made_to_leave(tmp_path: Path) -> None:
    consul = Consul(tmp_path)
    consul.lists("slave-2   10.0.32.14:8301  alive   client", answers=False)
    assert run(plan(slaveCount=1, services=["consul"]), tmp_path).returncode == 0
    assert consul.told[1:-1] == ["an-agent leave -http-addr=http://10.0.32.14:8500", "may-all force-leave slave-2"]


def test_masters_leave_one_by_one_with_the_management_token(tmp_path: Path) -> None:
    consul = Consul(tmp_path)
    consul.lists("master-2  10.0.32.5:8301   alive   server", "master-3  10.0.64.6:8301   alive   server")
    assert run(plan(slaveCount=1, services=["consul"]), tmp_path).returncode == 0
    assert consul.told == [
        "may-all leave -http-addr=http://10.0.32.5:8500",
        "may-all leave -http-addr=http://10.0.64.6:8500",
    ]


def test_a_consul_that_does_not_answer_is_named(tmp_path: Path) -> None:
    consul = Consul(tmp_path)
    consul.lists()
    (tmp_path / "members").unlink()
    done = run(plan(services=["consul"]), tmp_path)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "slave-1 scale-in: Consul does not answer on this node: see `docker logs consul`",
    )
