"""What dies and what comes back: nodes without power, reboots, restarts of what containers hang on, wrong entries."""

from collections.abc import Iterator

import pytest

from bench.workspace import ProjectCopy
from tests.e2e.services.seen import ec2, on_all
from tests.e2e.services.witness import APP, PORT, Witness, running, until_none


@pytest.fixture(scope="module")
def app(cluster: ProjectCopy) -> Iterator[Witness]:
    with running(cluster, 2) as witness:
        yield witness


@pytest.fixture(autouse=True)
def spread(app: Witness) -> None:
    """Each test finds an instance on each slave, wherever they went before."""
    app.spread()


def test_registrator_brings_back_an_entry_that_is_missing_and_removes_one_without_a_container(app: Witness) -> None:
    token = app.token("consulAgentToken")
    host = app.cluster.on("slave-1", "hostname")
    (own,) = (entry for entry in app.consul("agent/services", "slave-1") if entry.endswith(f":{PORT}"))
    stale = {"ID": f"{host}:mesos-gone:{PORT}", "Name": APP, "Address": "10.255.0.1", "Port": PORT}
    app.ask("slave-1", 8500, "/v1/agent/service/register", "PUT", json=stale, headers=token)
    app.ask("slave-1", 8500, f"/v1/agent/service/deregister/{own}", "PUT", headers=token)
    until_none(lambda: app.trouble(2))


@pytest.mark.parametrize("unit", ["consul", "docker", "weave"])
def test_the_app_goes_on_after_a_restart_of(app: Witness, unit: str) -> None:
    master, before = app.leader(), app.containers()
    for node in (master, "slave-1"):
        app.cluster.on(node, f"sudo systemctl restart {unit}")
    until_none(lambda: app.trouble(2, master, *app.living("slave")))
    until_none(lambda: app.unwell(master))
    kept = set(before.items()) & set(app.containers().items())
    assert len(kept) == (1 if unit == "docker" else 2), "docker takes its node's containers with it, and nothing else"


def test_without_the_master_that_leads_marathon_the_others_go_on(app: Witness) -> None:
    dead = app.leader()
    app.cut(dead)
    one, other = app.living("master")

    def unled() -> str:
        leaders = {
            app.marathon("leader", master)["leader"] for master in (one, other) if app.marathon("apps", master)
        }
        return "" if len(leaders) == 1 and app.named(*leaders) != dead else f"Marathon is led by {leaders}"

    until_none(unled)
    app.scale(3, by=other)
    until_none(lambda: app.trouble(3, one, *app.living("slave")))
    token = app.token("consulManagementToken")
    app.ask(one, 8500, "/v1/kv/apollo-test", "PUT", content=dead, headers=token)
    assert app.ask("slave-1", 8500, "/v1/kv/apollo-test?raw").text == dead
    assert app.named(app.consul("status/leader")) in (one, other)
    assert {app.zookeeper(master)["zk_server_state"] for master in (one, other)} == {"leader", "follower"}

    app.boot(dead)
    until_none(lambda: app.unwell(dead))
    until_none(lambda: app.voteless(token))
    assert app.ask(dead, 8500, "/v1/kv/apollo-test?raw&stale").text == dead, "it has learnt what it missed"
    app.scale(2, by=dead)
    until_none(lambda: app.trouble(2))


def test_without_a_slave_its_instances_start_on_the_other_and_haproxy_sends_nothing_there(app: Witness) -> None:
    survivors = app.containers("slave-2")
    app.cut("slave-1")
    until_none(lambda: "" if (sent := app.behind("slave-2")) == set(survivors) else f"HAProxy sends to {sent}")
    assert app.through("slave-2", 4) == set(survivors.values())
    until_none(lambda: "" if app.failed() == ["slave-1"] else f"Consul calls {app.failed()} failed")
    until_none(lambda: app.trouble(2))
    assert app.hosts() == ["slave-2", "slave-2"]

    app.boot("slave-1")
    until_none(lambda: app.unwell("slave-1"))
    until_none(lambda: app.trouble(2))
    assert app.hosts() == ["slave-2", "slave-2"], "what ran on it does not come back with it"
    assert app.failed() == []


@pytest.mark.parametrize("role", ["master", "slave"])
def test_all_of_a_node_comes_back_by_itself_after_a_reboot(app: Witness, role: str) -> None:
    token, node = app.token("consulManagementToken"), app.leader() if role == "master" else "slave-1"
    born = "stat --format %Y /proc/1"
    before = app.cluster.on(node, born)
    app.boot(node)
    until_none(lambda: "" if app.cluster.on(node, born) != before else f"{node} has not booted again")
    until_none(lambda: app.unwell(node))
    until_none(lambda: app.voteless(token))
    until_none(lambda: app.trouble(2, node))
    assert app.cluster.on(node, "cat /proc/sys/net/ipv4/tcp_retries2") == "5"


_BORN_AND_CHANGED = "stat --format '%n %Y' /proc/1 /var/lib/apollo/steps/*"


def instance(app: Witness, node: str) -> str:
    """The id of the node's instance in the stack's state."""
    urns = {str(one["urn"]): str(one.get("id")) for one in app.cluster.resources()}
    return next(found for urn, found in urns.items() if urn.endswith(f"aws:ec2/instance:Instance::{node}"))


def test_a_replaced_slave_is_a_new_host_in_its_place_and_no_step_of_another_node_runs(app: Witness) -> None:
    others = [name for name in app.addresses if name != "slave-2"]
    before = on_all(app.cluster, others, _BORN_AND_CHANGED)
    nodes, old = app.cluster.stack.output("nodes"), instance(app, "slave-2")
    app.cluster.make("replace", "NODE=slave-2")
    assert instance(app, "slave-2") != old
    assert app.cluster.stack.output("nodes") == nodes, "its index, addresses and host key are the same"
    assert on_all(app.cluster, others, _BORN_AND_CHANGED) == before
    until_none(lambda: app.unwell("slave-2"))
    until_none(lambda: app.trouble(2))


def test_a_dead_master_is_replaced_and_no_other_master_until_then(app: Witness) -> None:
    token, dead = app.token("consulManagementToken"), app.leader()
    other = next(master for master in app.living("master") if master != dead)
    app.cut(dead)
    refused = app.cluster.make("replace", f"NODE={other}", check=False)
    assert refused.returncode
    assert f"{other} is not replaced while {dead} is unwell (no SSH connection to" in refused.stdout

    app.cluster.make("replace", f"NODE={dead}")
    app.dead.discard(dead)
    until_none(lambda: app.unwell(dead))
    until_none(lambda: app.voteless(token))
    until_none(lambda: app.trouble(2, *app.living("master")))


def test_up_makes_an_instance_again_that_somebody_terminated(app: Witness) -> None:
    old = instance(app, "slave-1")
    ec2(app.cluster).terminate_instances(InstanceIds=[old])
    app.cluster.make("up")
    assert instance(app, "slave-1") != old
    until_none(lambda: app.unwell("slave-1"))
    until_none(lambda: app.trouble(2))
