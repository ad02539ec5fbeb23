"""Every secret that `make rotate` replaces, each in a rotation that is killed once and run again."""

import json
import os
import signal
from base64 import b64encode
from collections.abc import Mapping
from functools import partial

import pytest

from bench.workspace import ProjectCopy
from ops.rotate.kinds import KINDS
from ops.rotate.rotation import MARKER
from tests.e2e.services.seen import client, on_all, started
from tests.e2e.services.witness import until_none

KILLED_AT = {
    "weave": "weave 2/5",
    "gossip": "master-1-consul-gossip updated",
    "consul-agent": "slave-1-registrator updating",
    "consul-management": "consul-management 1/5",
}
"""By KEY, what the first run prints before it is killed: after a phase, or in the middle of its `up`."""
SHORT = {"gossip", "consul-agent"}


def config(cluster: ProjectCopy, key: str) -> str:
    return cluster.pulumi("config", "get", key, check=False).stdout.strip()


def kill_at(cluster: ProjectCopy, key: str, words: str) -> str:
    """What `make rotate` printed until the kill -9 of all its processes."""
    rotation, printed = cluster.start("make", "rotate", f"KEY={key}"), ""
    try:
        for line in rotation.stdout or ():
            printed += line
            if words in line:
                return printed
    finally:
        os.killpg(rotation.pid, signal.SIGKILL)
        rotation.wait()
    raise AssertionError(f"it ended before {words!r}:\n{printed}")


def agents(cluster: ProjectCopy, nodes: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """When Consul's agents were started, by node."""
    return {key: start for key, start in started(cluster, nodes).items() if key[1] == "/consul"}


def test_there_is_a_rotation_here_for_each_key() -> None:
    assert KILLED_AT.keys() <= KINDS.keys()


@pytest.mark.parametrize(
    "key", [key if key in SHORT else pytest.param(key, marks=pytest.mark.long) for key in KILLED_AT]
)
def test_a_killed_rotation_is_finished_by_the_next_and_restarts_no_agent_of_consul(
    cluster: ProjectCopy, nodes: Mapping[str, str], key: str
) -> None:
    name = KINDS[key].config
    before, old = agents(cluster, nodes), config(cluster, name)
    printed = kill_at(cluster, key, KILLED_AT[key])
    assert config(cluster, MARKER) == f"{key} {old}"
    printed += cluster.make("rotate", f"KEY={key}").stdout
    assert f"{key} 1/5: a rotation was cut off: this one finishes it" in printed
    new = config(cluster, name)
    assert new not in ("", old)
    assert config(cluster, MARKER) == ""
    assert not {old, new} & set(printed.split())
    assert agents(cluster, nodes) == before
    folders = "/etc /var/lib/apollo /var/lib/consul/serf /var/lib/consul/services"
    holders = f"sudo grep -rlF -f - {folders} 2>/dev/null || true"
    for node in nodes:
        until_none(partial(cluster.on, node, holders, stdin=f"{old}\n"))
    refused(cluster, nodes, key, old, new)
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def refused(cluster: ProjectCopy, nodes: Mapping[str, str], key: str, old: str, new: str) -> None:
    """Whether the cluster refuses the old secret, and works with the new one."""
    if key == "weave":
        connections = "sudo weave status connections"
        put = "sudo sh -c 'cat >/etc/weave/password && systemctl restart weave'"
        cluster.on("slave-1", put, stdin=old)
        until_none(lambda: "" if "passwords differ" in cluster.on("slave-1", connections) else "not refused yet")
        assert "established" not in cluster.on("slave-1", connections)
        cluster.on("slave-1", put, stdin=new)
        until_none(
            lambda: (
                "" if cluster.on("slave-1", connections).count("established") == len(nodes) - 1 else "not connected"
            )
        )
    elif key == "gossip":
        keyrings = on_all(cluster, nodes, "sudo jq -r '.[]' /var/lib/consul/serf/local.keyring")
        assert set(keyrings.values()) == {new}
    else:
        for address in nodes.values():
            with client(address, 8500) as consul:
                answers = [
                    consul.get("/v1/acl/token/self", headers={"X-Consul-Token": token}).status_code
                    for token in (old, new)
                ]
            assert answers == [403, 200]


@pytest.mark.long
def test_an_agent_that_is_down_stops_a_rotation_and_gets_the_key_that_it_missed(
    cluster: ProjectCopy, nodes: Mapping[str, str]
) -> None:
    old = config(cluster, "consulGossipKey")
    cluster.on("slave-2", "sudo systemctl stop consul")
    until_none(lambda: "" if down(nodes) == ["slave-2"] else "Consul has not missed it yet")
    done = cluster.make("rotate", "KEY=gossip", check=False)
    assert done.returncode
    assert "Consul's agent does not answer on slave-2, which would keep the old secret" in done.stdout
    assert config(cluster, "consulGossipKey") == old

    # As a node is left whose power was cut while the others changed: another key, and a step that has not run.
    keyring = "/var/lib/consul/serf/local.keyring"
    other = json.dumps([b64encode(bytes(32)).decode()])
    cluster.on("slave-2", f"sudo sh -c 'cat >{keyring} && rm /etc/consul/secrets.json'", stdin=other)
    cluster.on("slave-2", "sudo systemctl start consul")
    cluster.make("repair", "NODE=slave-2")
    until_none(lambda: ", ".join(down(nodes)))
    assert json.loads(cluster.on("slave-2", f"sudo cat {keyring}")) == [old]
    until_none(lambda: "" if cluster.well() else "not well")


def down(nodes: Mapping[str, str]) -> list[str]:
    with client(nodes["master-1"], 8500) as consul:
        return [member["Name"] for member in consul.get("/v1/agent/members").json() if member["Status"] != 1]
