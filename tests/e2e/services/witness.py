"""An app on the cluster, and what docker, Mesos, Marathon, Consul, DNS and HAProxy each say of it."""

import csv
import json
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from bench.workspace import VPC, ProjectCopy
from infra.services.gate import PROBE
from ops.remote.stack import PROJECT
from tests.e2e.services.seen import INSIDE, addresses, on_all

APP, PORT = "nodejs-rest-api", 8080
_DEFINITION = PROJECT / "examples" / APP / f"{APP}-v1.json"
HOST = f"{APP}.example.com"
_BOUND = 300.0  # seconds; a machine that runs other clusters too may boot for minutes
_CONTAINERS = (
    'ids=$(sudo docker ps --quiet --filter label=MESOS_TASK_ID) && [ -z "$ids" ] || '
    "sudo docker inspect --format '{{.NetworkSettings.Networks.bridge.IPAddress}} {{.Config.Hostname}}' $ids"
)


def until_none(trouble: Callable[[], str]) -> None:
    """Wait until nothing is wrong; what can't be asked counts as wrong. Fails with what was wrong last."""
    end = time.monotonic() + _BOUND
    while found := _found(trouble):
        assert time.monotonic() < end, f"after {_BOUND:.0f} s: {found}"
        time.sleep(0.2)


def _found(trouble: Callable[[], str]) -> str:
    try:
        return trouble()
    except (httpx.HTTPError, AssertionError, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


class Witness:
    """Asks all nodes but those in `dead`, which have no power."""

    def __init__(self, cluster: ProjectCopy) -> None:
        self.cluster, self.addresses = cluster, addresses(cluster)
        self.dead: set[str] = set()
        self.domain = "consul"
        transport = httpx.HTTPTransport(local_address=INSIDE)
        self._client = httpx.Client(transport=transport, trust_env=False, timeout=10, follow_redirects=True)

    def living(self, role: str) -> list[str]:
        return [name for name in self.addresses if name.startswith(f"{role}-") and name not in self.dead]

    def named(self, address: str) -> str:
        """The node that has this address, with or without a port."""
        return next(name for name, own in self.addresses.items() if own == address.partition(":")[0])

    def token(self, key: str) -> dict[str, str]:
        """The header for Consul with a token of the config."""
        return {"X-Consul-Token": self.cluster.pulumi("config", "get", key).stdout.strip()}

    # -- the nodes

    def cut(self, node: str) -> None:
        """Cut its power."""
        self.cluster.run(".venv/bin/python", "-m", "sandbox", "kill", node)
        self.dead.add(node)

    def boot(self, node: str) -> None:
        """Restart it, or start it after its power was cut."""
        self.cluster.run(".venv/bin/python", "-m", "sandbox", "reboot", node)
        self.dead.discard(node)

    def unwell(self, node: str) -> str:
        """What is wrong with a node that has booted, or with the network and the services of any."""
        state = self.cluster.on(node, "systemctl is-system-running || systemctl --failed")
        if state != "running":
            return f"{node}: {state}"
        said = self.cluster.make("status", check=False)
        return said.stdout if said.returncode else ""

    # -- their services

    def ask(self, node: str, port: int, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Raises httpx.HTTPError, also where the answer is no success."""
        return self._client.request(method, f"http://{self.addresses[node]}:{port}{path}", **more).raise_for_status()

    def marathon(self, path: str, node: str = "", method: str = "GET", **more: Any) -> Any:
        """What Marathon answers on `node`; on some living master unless said otherwise."""
        return self.ask(node or self.living("master")[-1], 8080, f"/v2/{path}", method, **more).json()

    def consul(self, path: str, node: str = "", **more: Any) -> Any:
        """What Consul's agent on `node`, on some living master unless said otherwise, answers to GET."""
        return self.ask(node or self.living("master")[-1], 8500, f"/v1/{path}", **more).json()

    def zookeeper(self, master: str) -> dict[str, str]:
        """What `mntr` says; without a quorum nothing of it."""
        there = (self.addresses[master], 2181)
        with socket.create_connection(there, timeout=5, source_address=(INSIDE, 0)) as connection:
            connection.sendall(b"mntr")
            said = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        return dict(line.split("\t", 1) for line in said.splitlines() if "\t" in line)

    def leader(self) -> str:
        """The master whose Marathon leads."""
        return self.named(self.marathon("leader")["leader"])

    def failed(self) -> list[str]:
        """The nodes that Consul calls failed."""
        return [check["Node"] for check in self.consul("health/state/critical") if check["CheckID"] == "serfHealth"]

    def voteless(self, token: Mapping[str, str]) -> str:
        """What keeps the masters from all having a vote in Consul and in ZooKeeper; `token` may do all in Consul."""
        servers = self.consul("operator/raft/configuration", headers=token)["Servers"]
        voters = sorted(server["Node"] for server in servers if server["Voter"])
        said = {master: self.zookeeper(master) for master in self.living("master")}
        following = [float(each["zk_synced_followers"]) for each in said.values() if "zk_synced_followers" in each]
        if voters == sorted(said) and following == [len(said) - 1]:
            return ""
        return f"Consul's voters are {voters}, ZooKeeper's leaders have {following} followers"

    # -- the app

    def deploy(self, instances: int) -> None:
        definition = json.loads(_DEFINITION.read_text())
        docker = definition["container"]["docker"]
        docker["image"] = f"{VPC}.0.1:5000/{docker['image']}"
        self.marathon(f"apps/{APP}", method="PUT", json={**definition, "instances": instances})

    def scale(self, instances: int, by: str = "") -> None:
        """`by`: the master that is told."""
        self.marathon(f"apps/{APP}", by, "PUT", json={"instances": instances})

    def remove(self) -> None:
        self.marathon(f"apps/{APP}", method="DELETE")
        until_none(lambda: str(self.marathon("deployments") or ""))

    def hosts(self) -> list[str]:
        """The nodes of the instances that Marathon has, once for each."""
        return sorted(self.named(task["host"]) for task in self.marathon(f"apps/{APP}/tasks")["tasks"])

    def spread(self) -> None:
        """Bring the two instances to different slaves: an app's constraint holds when one starts, not later."""
        if len({*self.hosts()}) < 2:
            task = self.marathon(f"apps/{APP}/tasks")["tasks"][0]["id"]
            self.marathon(f"apps/{APP}/tasks/{task}", method="DELETE")
            until_none(lambda: "" if len({*self.hosts()}) == 2 else f"instances are on {self.hosts()}")
            until_none(lambda: self.trouble(2))

    def containers(self, *slaves: str) -> dict[str, str]:
        """The name of each container of the app by its weave address, as docker of these slaves says, or of all."""
        said = on_all(self.cluster, slaves or self.living("slave"), _CONTAINERS)
        return dict(line.split(" ", 1) for lines in said.values() for line in lines.splitlines())

    def trouble(self, instances: int, *inside: str) -> str:
        """What is wrong with the app: it runs as asked, and all who are asked for it answer with the same containers.

        It is asked for by address and by name on the nodes `inside`, all living slaves unless said otherwise.
        """
        agents = self.ask(self.living("master")[-1], 5050, "/master/slaves").json()["slaves"]
        if (active := sorted(self.named(each["hostname"]) for each in agents)) != self.living("slave"):
            return f"Mesos has the agents {active}"
        app = self.marathon(f"apps/{APP}")["app"]
        if app["deployments"] or app["tasksRunning"] != instances:
            return f"Marathon has {app['tasksRunning']} of {instances} instances, deployments: {app['deployments']}"
        running = self.containers()
        listed = self.consul(f"health/service/{APP}", params={"passing": "true"})
        found = sorted(each["Service"]["Address"] for each in listed)
        if found != sorted(running) or len(running) != instances:
            return f"docker runs {running}, of {instances}, Consul lists {found}"
        asked = {f"HAProxy on {slave}": self.through(slave, 4 * instances) for slave in self.living("slave")}
        asked |= self._inside(inside or self.living("slave"), running)
        wrong = {who: names for who, names in asked.items() if names != set(running.values())}
        return f"docker runs {running}, but there answer {wrong}" if wrong else ""

    def through(self, slave: str, times: int) -> set[str]:
        """The containers that answer through HAProxy on a slave. Raises httpx.HTTPError unless all answer 200."""
        return {self.ask(slave, 80, "/", headers={"Host": HOST}).json()["container"] for _ in range(times)}

    def behind(self, slave: str) -> set[str]:
        """The addresses that HAProxy on a slave sends requests to."""
        rows = csv.DictReader(self.ask(slave, 8404, "/;csv").text.removeprefix("# ").splitlines())
        servers = [row for row in rows if row["pxname"] == HOST and row["svname"] != "BACKEND"]
        return {row["svname"].partition(":")[0] for row in servers if row["status"].startswith(("UP", "no check"))}

    def _inside(self, nodes: Collection[str], running: Mapping[str, str]) -> dict[str, set[str]]:
        """The containers that answer to nodes, and to a container on each: by address all of them, and by name."""
        urls = [f"http://{address}:{PORT}/" for address in running]
        by_name = [f"http://{APP}.service.{self.domain}:{PORT}/"] * 4 * len(urls)
        fetch = "for url; do timeout 10 wget -q -O - $url || exit; echo; done"
        command = " && ".join(
            [
                *(f"curl -sS --fail --max-time 10 -o /dev/null {url}" for url in urls),
                f"sudo docker run --rm {PROBE} sh -c '{fetch}' fetch {' '.join([*urls, *by_name])}",
            ]
        )
        found = {}
        for node, said in on_all(self.cluster, nodes, command).items():
            answers = [json.loads(line)["container"] for line in said.splitlines() if line]
            found[f"by address on {node}"] = set(answers[: len(urls)])
            found[f"by name on {node}"] = set(answers[len(urls) :])
        return found


@contextmanager
def running(cluster: ProjectCopy, instances: int) -> Iterator[Witness]:
    """The demonstration's app, and in the end it is gone."""
    witness = Witness(cluster)
    try:
        witness.deploy(instances)
        until_none(lambda: witness.trouble(instances))
        yield witness
    finally:
        witness.remove()
