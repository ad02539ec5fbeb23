"""The container firewall: which ports are closed to containers, where, and what names the exceptions."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from infra.config.settings import Settings, SettingsError
from infra.services import registry
from tests.unit.plans import files, plan
from tests.unit.program import config
from tests.unit.shell import program, relocated

RULES, COMMAND = "/etc/container-firewall.rules", "/usr/local/bin/container-firewall"
EVERY = [service.name for service in registry.OFFERED]
OF_MASTERS = {
    "consul": {"tcp 8300", "tcp 8301", "udp 8301", "tcp 8500", "tcp 8503", "tcp 8600", "udp 8600"},
    "zookeeper": {"tcp 2181", "tcp 2888", "tcp 3888"},
    "mesos": {"tcp 5050"},
    "marathon": {"tcp 8080", "tcp 9090"},
    "scope": {"tcp 4040"},
    "weave": {"tcp 6783", "udp 6783", "udp 6784", "50"},
}
OF_SLAVES = {
    "consul": {"tcp 8301", "udp 8301", "tcp 8500", "tcp 8600", "udp 8600"},
    "mesos": {"tcp 5051"},
    "haproxy": {"tcp 8404"},
    "weave": OF_MASTERS["weave"],
}


def closed(rules: str, role: str) -> dict[str, set[str]]:
    """The ports of each service that a chain closes."""
    found: dict[str, set[str]] = {}
    line = rf"^-A apollo-{role}s -p (\w+)(?: -m \w+ --dport (\S+))? -m comment --comment (\S+) -j DROP$"
    for protocol, port, service in re.findall(line, rules, re.MULTILINE):
        found.setdefault(service, set()).add(f"{protocol} {port}".strip())
    return found


@pytest.mark.parametrize(("role", "ports"), [("master", OF_MASTERS), ("slave", OF_SLAVES)])
def test_every_port_of_every_service_is_closed_on_every_node_that_has_it(
    role: str, ports: dict[str, set[str]]
) -> None:
    whole = plan(services=EVERY)
    for node in whole.nodes:
        assert closed(files(whole, node.name)[RULES].content, role) == ports, node.name


def test_a_rule_of_the_security_groups_for_nodes_is_closed_to_containers_unless_apps_listen_there() -> None:
    whole = plan(services=EVERY)
    rules = files(whole)[RULES].content
    for port in registry.ports(registry.chosen(whole.settings)):
        if port.source == "nodes" and port.port is not None and port.protocol != "icmp":
            for role in port.roles:
                listed = {name for names in closed(rules, role).values() for name in names}
                assert (f"{port.protocol} {port.port}" in listed) != port.apps, port


def test_packets_to_the_node_itself_and_to_any_address_that_a_node_may_have_are_filtered() -> None:
    whole = plan()
    ranges = {
        "master": {"10.0.0.4-10.0.0.12", "10.0.32.4-10.0.32.12", "10.0.64.4-10.0.64.12"},
        "slave": {"10.0.0.13-10.0.1.1", "10.0.32.13-10.0.33.1", "10.0.64.13-10.0.65.1"},
    }
    for node in whole.nodes:
        rules = files(whole, node.name)[RULES].content
        assert f"--dst-type LOCAL -j apollo-{node.role}s\n" in rules
        for role, expected in ranges.items():
            assert set(re.findall(rf"--dst-range (\S+) -j apollo-{role}s", rules)) == expected


def test_a_small_subnet_has_no_range_beyond_its_end() -> None:
    whole = plan(vpcCidr="10.0.0.0/24", slaveCount=2, services=[])
    assert [str(address) for address in next(whole.ranges("slave"))] == ["10.0.0.13", "10.0.0.30"]


def test_more_masters_and_slaves_change_no_rule() -> None:
    few, many = plan(masterCount=1, slaveCount=1), plan(masterCount=5, slaveCount=9)
    for name in ("master-1", "slave-1"):
        assert files(few, name)[RULES] == files(many, name)[RULES]


def test_what_the_config_opens_is_open_on_every_node_and_nothing_else() -> None:
    whole = plan(services=EVERY, openToContainers=["consul", "marathon"])
    for node in whole.nodes:
        rules = files(whole, node.name)[RULES].content
        for role, ports in (("master", OF_MASTERS), ("slave", OF_SLAVES)):
            assert set(closed(rules, role)) == set(ports) - {"consul", "marathon"}


CHOICE = "choose from consul, zookeeper, mesos, marathon, haproxy, scope"
REFUSED = [
    (["consl"], f"openToContainers has consl (did you mean consul?): {CHOICE}"),
    (["dns"], f"openToContainers has dns: {CHOICE}"),
    (["weave"], f"openToContainers has weave: {CHOICE}"),
    (
        ["scope"],
        "openToContainers has scope, which does not run: add it to services, or remove it from the list",
    ),
]


@pytest.mark.parametrize(("opened", "answer"), REFUSED)
def test_a_service_that_cannot_be_opened_is_an_error_with_the_choice(opened: list[str], answer: str) -> None:
    with pytest.raises(SettingsError) as refused:
        registry.chosen(Settings.parse(config(openToContainers=opened)))
    assert str(refused.value) == answer


def firewall(root: Path, *words: str) -> str:
    """What the program of slave-1 prints, with an iptables whose rules are the lines of the file `rules`."""
    own = files(plan())
    script, rules = root / "container-firewall", root / "rules"
    script.write_text(relocated(own[COMMAND].content, root))
    for folder in ("bin", "etc", "run"):
        (root / folder).mkdir(exist_ok=True)
    (root / RULES[1:]).write_text(own[RULES].content)
    list_ = f'*-S*) sort {rules} ;; *-C*) grep -q PREROUTING {rules} ;; *-I*) echo "-A ${{all##*-I }}" >>{rules} ;;'
    program(root / "bin", "iptables", f"all=$*\ncase $all in {list_} esac")
    program(root / "bin", "iptables-restore", f"grep '^-A' | cat - <(grep PREROUTING {rules}) >{rules}")
    rules.touch()
    path = {"PATH": f"{root}/bin:{os.environ['PATH']}"}
    return subprocess.run(["sh", str(script), *words], env=path, capture_output=True, text=True, check=True).stdout


def test_rules_that_were_loaded_are_no_problem_and_packets_pass_them_once(tmp_path: Path) -> None:
    for _ in range(2):
        assert firewall(tmp_path) == ""
        assert firewall(tmp_path, "check") == ""
        assert (tmp_path / "rules").read_text().count("-A PREROUTING -i weave -j apollo-containers\n") == 1


@pytest.mark.parametrize("missing", ["-A PREROUTING", "--comment consul", "--comment metadata", "-A"])
def test_missing_rules_are_reported_with_the_remedy(tmp_path: Path, missing: str) -> None:
    firewall(tmp_path)
    lines = (tmp_path / "rules").read_text().splitlines(keepends=True)
    (tmp_path / "rules").write_text("".join(line for line in lines if missing not in line))
    said = firewall(tmp_path, "check")
    assert said.startswith("containers may reach the ports of the cluster's services")
    assert f"run `sudo {tmp_path}/container-firewall` on the node" in said


def test_a_node_that_never_loaded_its_rules_is_reported(tmp_path: Path) -> None:
    assert "rules of iptables are missing" in firewall(tmp_path, "check")
