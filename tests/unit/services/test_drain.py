"""The command that takes a slave out of use and puts it back: its text, and what it does to two agents of Consul."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.services import consul as consul_service
from infra.services import consul_access, drain
from infra.steps.service import BalancerCheck
from tests.unit import plans
from tests.unit.layers import unpacked
from tests.unit.services.ports import free_ports
from tests.unit.shell import shellcheck
from tests.unit.waiting import until

MASTER, SLAVE = "127.0.0.1", "127.0.0.2"


def text(**changes: object) -> str:
    (step,) = drain.DRAIN.steps(plans.plan(**changes).masters[0], plans.plan(**changes))
    return step.files[0].content


@pytest.mark.parametrize(
    "services", [["consul"], ["consul", "haproxy"], ["consul", "zookeeper", "mesos"], None], ids=str
)
def test_the_command_is_sound_shell_for_any_services(services: list[str] | None, tmp_path: Path) -> None:
    shellcheck(text(**({} if services is None else {"services": services})), "bash", tmp_path)


def test_the_script_of_a_command_names_what_it_is_for(tmp_path: Path) -> None:
    whole = plans.plan()
    script = drain.script("out", whole.slaves[0], whole, {"docker": "0a1b", "instance": "2c3d"})
    assert "#   docker 0a1b\n#   instance 2c3d\n" in script
    shellcheck(script, "sh", tmp_path)


def test_the_bound_of_a_step_that_drains_grows_with_drain_seconds() -> None:
    assert drain.seconds_most(plans.plan(drainSeconds=600)) > 3000


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A server of Consul as master-1 and a client as slave-1, and the command as master-1 has it."""

    port: int
    command: Path

    def ask(self, method: str, path: str, at: str = MASTER, **more: object) -> httpx.Response:
        return httpx.request(method, f"http://{at}:{self.port}/v1/{path}", **more)  # type: ignore[arg-type]

    def sees(self, output: str, status: str = "passing") -> None:
        """What HAProxy's check on the slave finds from now on."""
        body = {"Status": status, "Output": output}
        self.ask("PUT", "agent/check/update/haproxy-health", SLAVE, json=body).raise_for_status()

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([self.command, *words], capture_output=True, text=True, check=False, timeout=90)

    def healthy(self) -> int:
        return len(self.ask("GET", "health/service/shop?passing").json())

    def key(self, name: str) -> int:
        return self.ask("GET", f"kv/apollo/{name}").status_code


def agent(folder: Path, program: Path, port: int, address: str, *more: str) -> "subprocess.Popen[bytes]":
    serf, rpc = free_ports(2)
    config = {
        "node_name": "master-1" if address == MASTER else "slave-1",
        "bind_addr": address,
        "client_addr": address,
        "data_dir": str(folder / address),
        "ports": {
            "http": port,
            "dns": -1,
            "grpc": -1,
            "grpc_tls": -1,
            "serf_wan": -1,
            "serf_lan": serf,
            "server": rpc,
        },
    }
    path = folder / f"{address}.json"
    path.write_text(json.dumps(config))
    (folder / f"{address}.serf").write_text(str(serf))
    return subprocess.Popen([program, "agent", "-config-file", path, *more], stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("consul")
    program = next(unpacked("consul", folder / "image").rglob("bin/consul"))
    (port,) = free_ports(1)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        token = folder / "token"
        token.write_text("none")
        patch.setattr(consul_service, "HTTP_PORT", port)
        patch.setattr(consul_access, "MANAGEMENT", token)
        patch.setattr(drain, "BALANCER_CHECK", BalancerCheck(interval=1, timeout=0, times=1))
        command = folder / "apollo-drain"
        command.write_text(text(services=["consul", "haproxy"], drainSeconds=8))
        command.chmod(0o755)
        found = Cluster(port=port, command=command)
        stack.callback((server := agent(folder, program, port, MASTER, "-server", "-bootstrap-expect=1")).kill)
        join = f"{MASTER}:{(folder / f'{MASTER}.serf').read_text()}"
        stack.callback((client := agent(folder, program, port, SLAVE, "-retry-join", join)).kill)
        until(lambda: _answers(found), "both agents of Consul are there", 90)
        check = {"CheckID": "haproxy-health", "Name": "haproxy health", "TTL": "1h", "Status": "passing"}
        proxy = {"Name": "haproxy", "Port": 80, "Address": SLAVE, "Tags": ["apollo"], "Check": check}
        for service_ in (proxy, {"Name": "shop", "Port": 8080, "Address": "10.2.10.2"}):
            found.ask("PUT", "agent/service/register", SLAVE, json=service_).raise_for_status()
        until(lambda: found.healthy() == 1, "the service is in the catalog")
        yield found
        del server, client


def _answers(cluster: Cluster) -> bool:
    try:
        return len(cluster.ask("GET", "health/node/slave-1").json()) > 0
    except (httpx.HTTPError, ValueError):
        return False


def test_a_slave_is_out_of_use_until_it_is_put_back(cluster: Cluster) -> None:
    cluster.sees("clients 0\n", "critical")
    done = cluster.run("out", "slave-1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    until(lambda: cluster.healthy() == 0, "nobody is sent to its instances")
    assert cluster.key("drain/slave-1") == 200
    cluster.sees("clients 0\nserving\n")
    done = cluster.run("back", "slave-1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (cluster.healthy(), cluster.key("drain/slave-1")) == (1, 404)


def test_connections_that_stay_open_end_the_wait_at_its_bound_with_a_line(cluster: Cluster) -> None:
    cluster.sees("server 10.2.10.2\nclients 3\n", "critical")
    assert cluster.run("leave", "slave-1").stdout == (
        "slave-1: after 8 s 3 connections of clients are open: going on\n"
    )
    assert cluster.key("drain/slave-1") == 200
    assert cluster.run("forget", "slave-1").returncode == 0
    assert (cluster.key("drain/slave-1"), cluster.healthy()) == (404, 1)


def test_a_return_without_a_drain_does_nothing(cluster: Cluster) -> None:
    done = cluster.run("back", "slave-1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_slave_that_does_not_answer_blocks_nothing(cluster: Cluster) -> None:
    done = cluster.run("out", "slave-7")
    assert (done.returncode, done.stdout) == (0, "slave-7 does not answer: it is not in use\n")
    assert cluster.key("drain/slave-7") == 404


def test_a_word_that_is_no_command_is_answered_with_the_commands(cluster: Cluster) -> None:
    done = cluster.run("in", "slave-1")
    assert done.returncode == 2
    assert "usage: apollo-drain out SLAVE" in done.stderr
