"""What ZooKeeper, Mesos and Marathon get on 1, 3 and 5 masters, and the load balancer in front of HAProxy."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from infra.config.settings import Settings, SettingsError
from infra.plan.plan import Plan
from infra.services import haproxy, pages, zookeeper
from infra.services import registry as services
from infra.steps import container
from infra.steps.step import File
from tests.unit.program import config, launch
from tests.unit.shell import only_check, run, shellcheck

ADDRESSES = ["10.0.0.4", "10.0.32.5", "10.0.64.6", "10.0.0.7", "10.0.32.8"]


def plan(**changes: object) -> Plan:
    return Plan.of(Settings.parse(config(**changes)))


def files(whole: Plan, name: str) -> dict[str, File]:
    node = next(node for node in whole.nodes if node.name == name)
    steps = services.steps(whole, services.chosen(whole.settings))[node.name]
    return {file.path: file for step in steps for file in (*step.files, *([step.secret] if step.secret else []))}


@pytest.mark.parametrize(("masters", "majority"), [(1, 1), (3, 2), (5, 3)])
def test_every_master_knows_all_members_its_own_number_and_the_majority(masters: int, majority: int) -> None:
    whole = plan(masterCount=masters)
    hosts = ",".join(f"{address}:2181" for address in ADDRESSES[:masters])
    members = [f"server.{n}={address}:2888:3888" for n, address in enumerate(ADDRESSES[:masters], start=1)]
    for ordinal, address in enumerate(ADDRESSES[:masters], start=1):
        found = files(whole, f"master-{ordinal}")
        lines = found["/etc/zookeeper/zoo.cfg"].content.splitlines()
        # One server of its own says nothing of members: that is how ZooKeeper knows that it is alone.
        assert [line for line in lines if line.startswith("server.")] == (members if masters > 1 else [])
        assert {"tickTime=2000", "initLimit=5", "syncLimit=2", f"clientPortAddress={address}"} <= set(lines)
        assert found["/var/lib/zookeeper/myid"].content == f"{ordinal}\n"
        mesos = found["/etc/systemd/system/mesos-master.service"].content
        assert f"MESOS_QUORUM={majority} " in mesos
        assert f"MESOS_ZK=zk://{hosts}/mesos " in mesos
        assert f"MESOS_IP={address} " in mesos
        assert "MESOS_AGENT_PING_TIMEOUT=5secs " in mesos
        marathon = re.sub(r" \\\n *", " ", found["/etc/systemd/system/marathon.service"].content)
        assert f"--master zk://{hosts}/mesos --zk zk://{hosts}/marathon --hostname {address}" in marathon
        assert f"--http_address {address} --http_port 8080" in marathon
        assert f"LIBPROCESS_IP={address} " in marathon


def test_an_agent_has_what_the_article_and_docker_need() -> None:
    unit = files(plan(), "slave-2")["/etc/systemd/system/mesos-agent.service"].content
    for words in (
        "MESOS_MASTER=zk://10.0.0.4:2181,10.0.32.5:2181,10.0.64.6:2181/mesos",
        "MESOS_HOSTNAME=10.0.32.14",
        "MESOS_CONTAINERIZERS=docker,mesos",
        "MESOS_EXECUTOR_REGISTRATION_TIMEOUT=10mins",
        "MESOS_RESOURCES=ports(*):[31000-32000]",
        "/var/lib/mesos-agent:/var/lib/mesos-agent",
        "/var/run/docker.sock:/var/run/docker.sock",
    ):
        assert words in unit


def test_a_member_without_data_waits_for_one_that_may_have_it_and_the_first_waits_for_nobody() -> None:
    whole = plan()
    applied = {
        master.name: next(step for step in zookeeper.ZOOKEEPER.steps(master, whole) if step.name == "zookeeper").apply
        for master in whole.masters
    }
    assert "version-2" not in applied["master-1"]
    assert "for address in 10.0.0.4; do" in applied["master-2"]
    assert "for address in 10.0.0.4 10.0.32.5; do" in applied["master-3"]


def _haproxy() -> list[str]:
    """The command of the sandbox's own HAProxy, from the cache of its image; empty where that is not built."""
    from sandbox.home import Home
    from sandbox.images.layers import layer_folder
    from sandbox.images.recipe import recipes

    found = [layer_folder(Home(), recipe) / "layer.tar" for recipe in recipes() if recipe.name == "haproxy"]
    return [str(path) for path in found if path.is_file()]


@pytest.mark.parametrize("changes", [{}, {"haproxyMaxConnections": 100, "haproxyConnectTimeoutSeconds": 1}])
def test_haproxy_accepts_its_first_configuration(changes: dict[str, object], tmp_path: Path) -> None:
    layer = _haproxy()
    if not layer:
        pytest.skip("the sandbox's image of HAProxy is not built yet: `python -m sandbox image` builds it")
    subprocess.run(["tar", "-C", str(tmp_path), "-xf", layer[0]], check=True)
    whole = plan(**changes)
    text = haproxy.configuration(whole.slaves[0], whole, live=False)
    (tmp_path / "haproxy.cfg").write_text(text)
    checked = subprocess.run(
        [str(tmp_path / "usr/sbin/haproxy"), "-c", "-f", str(tmp_path / "haproxy.cfg")],
        env={"LD_LIBRARY_PATH": str(tmp_path / "usr/lib/x86_64-linux-gnu")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_the_stacks_values_are_what_holds_until_consul_has_others() -> None:
    whole = plan(haproxyMaxConnections=100, domain="apps.example.org")
    first = haproxy.configuration(whole.slaves[0], whole, live=False)
    live = haproxy.configuration(whole.slaves[0], whole, live=True)
    assert "  maxconn 100\n" in first
    assert '  maxconn {{ with keyOrDefault "apollo/haproxy/maxConnections" "100" | trimSpace }}' in live
    assert "{{ else }}100{{ end }}{{ end }}\n" in live
    assert "backend {{ $name }}.apps.example.org\n" in live
    assert "bind 10.0.0.13:8404\n" in live


def test_another_value_for_haproxy_restarts_no_haproxy() -> None:
    def units(whole: Plan) -> dict[str, str]:
        slave = whole.slaves[0]
        return {step.name: step.script(slave, "systemd") for step in haproxy.HAPROXY.steps(slave, whole)}

    before, after = units(plan()), units(plan(haproxyMaxConnections=100))
    assert {name for name in before if before[name] != after[name]} == {"haproxy-initial-config", "consul-template"}


def test_the_reload_is_correct_shell(tmp_path: Path) -> None:
    shellcheck(files(plan(), "slave-1")["/usr/local/bin/haproxy-reload"].content, "sh", tmp_path)


def reload(tmp_path: Path, on_exec: str) -> tuple["subprocess.CompletedProcess[str]", Path, str]:
    """Run haproxy-reload with a docker whose `exec` does this: the run, HAProxy's folder, and docker's calls."""
    folder, calls = tmp_path / "etc", tmp_path / "calls"
    folder.mkdir()
    (folder / "haproxy.cfg").write_text("the last good one")
    (folder / "candidate.cfg").write_text("the new one")
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\necho "$*" >>{calls}\n'
        f"case $1 in inspect) [ -e {tmp_path}/gone ] || echo true ;; exec) {on_exec} ;; esac\n"
    )
    docker.chmod(0o755)
    script = files(plan(), "slave-1")["/usr/local/bin/haproxy-reload"].content
    run = subprocess.run(
        ["sh", "-c", script.replace("FOLDER=/etc/haproxy", f"FOLDER={folder}")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run, folder, calls.read_text()


@pytest.mark.parametrize("accepted", [True, False])
def test_a_configuration_takes_effect_only_when_haproxy_accepts_it(accepted: bool, tmp_path: Path) -> None:
    run, folder, calls = reload(tmp_path, f"echo reason; exit {0 if accepted else 1}")
    assert run.returncode == 0, run.stderr
    assert (folder / "haproxy.cfg").read_text() == ("the new one" if accepted else "the last good one")
    assert ("kill --signal USR2 haproxy" in calls) == accepted
    assert (folder / "refused").exists() != accepted
    assert (folder / "rendered").exists() == accepted


def test_a_haproxy_that_stops_while_it_is_asked_has_refused_nothing(tmp_path: Path) -> None:
    run, folder, _ = reload(tmp_path, f"touch {tmp_path}/gone; echo 'container is not running'; exit 1")
    assert run.returncode == 1  # consul-template ends by it, starts anew, and asks again
    assert not (folder / "refused").exists()
    assert not (folder / "rendered").exists()


@pytest.mark.parametrize(
    ("present", "answer"),
    [
        (["rendered"], (0, "")),
        (["refused", "rendered"], (1, "[ALERT] (9) : timer overflow")),
        ([], (1, "is not healthy after 0 s: consul-template has rendered no configuration")),
    ],
)
def test_a_configuration_that_is_refused_fails_the_step_at_once_with_haproxys_reason(
    present: list[str], answer: tuple[int, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "refused").write_text("[NOTICE] (9) : haproxy version is 3\n[ALERT] (9) : timer overflow\n")
    for name in {"refused", "rendered"} - set(present):
        (tmp_path / name).unlink(missing_ok=True)
    if "rendered" in present:
        (tmp_path / "rendered").touch()
    whole = plan()
    if "refused" not in present:
        monkeypatch.setattr(container, "SECONDS", 0)
    step = {step.name: step for step in haproxy.HAPROXY.steps(whole.slaves[0], whole)}["consul-template"]
    done = run(only_check(replace(step, check=step.check.replace("/etc/haproxy", str(tmp_path)))), tmp_path)
    assert (done.returncode, answer[1] in done.stderr) == (answer[0], True), done.stderr
    assert "NOTICE" not in done.stderr


def test_the_balancer_leads_to_every_slave_and_asks_haproxys_own_url() -> None:
    recording = launch()
    attached = recording.of_type("aws:lb/targetGroupAttachment:TargetGroupAttachment")
    assert {one.inputs["targetId"] for one in attached.values()} == {"slave-1-id", "slave-2-id"}
    (group,) = recording.of_type("aws:lb/targetGroup:TargetGroup").values()
    assert group.inputs["healthCheck"]["path"] == haproxy.HEALTH_PATH
    assert group.inputs["healthCheck"]["protocol"] == "HTTP"
    (balancer,) = recording.of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert balancer.inputs["loadBalancerType"] == "network"
    assert len(balancer.inputs["subnets"]) == 3


def test_without_haproxy_there_is_no_balancer_and_no_port_80() -> None:
    recording = launch(config(services=["consul", "dns", "registrator"]))
    assert not recording.of_type("aws:lb/loadBalancer:LoadBalancer")
    rules = recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()
    assert 80 not in {rule.inputs.get("fromPort") for rule in rules}


def test_only_the_balancer_reaches_the_slaves_port_80_and_nobody_a_page() -> None:
    rules = launch().of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()
    world = [rule.inputs for rule in rules if rule.inputs.get("cidrIpv4") == "0.0.0.0/0"]
    assert [(rule["securityGroupId"], rule["fromPort"]) for rule in world] == [("balancer-id", 80)]


def test_the_pages_are_at_private_addresses_of_the_nodes_that_have_them() -> None:
    whole = plan(services=["consul", "zookeeper", "mesos", "marathon", "haproxy", "scope"])
    found = pages.urls(whole)
    assert found["marathon"] == [f"http://{address}:8080/ui/" for address in ADDRESSES[:3]]
    assert found["haproxy"] == ["http://10.0.0.13:8404/", "http://10.0.32.14:8404/"]
    assert set(found) == {"consul", "mesos", "marathon", "haproxy", "scope"}
    assert set(pages.urls(plan(services=["consul"]))) == {"consul"}


@pytest.mark.parametrize(
    ("listed", "answer"),
    [
        (["consul", "marathon"], "marathon needs mesos and zookeeper"),
        (["mesos"], "mesos needs zookeeper"),
        (["haproxy"], "haproxy needs consul"),
    ],
)
def test_a_service_without_what_it_needs_says_so(listed: list[str], answer: str) -> None:
    with pytest.raises(SettingsError, match=answer):
        services.chosen(plan(services=listed).settings)
