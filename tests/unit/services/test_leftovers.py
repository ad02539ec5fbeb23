"""What a stack no longer runs goes from its nodes, and nothing else does."""

import re
from collections.abc import Iterator
from itertools import combinations

import pytest

from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.services import leftovers, registry
from infra.steps import init_system
from tests.unit import plans
from tests.unit.plans import plan

CORE = ["consul", "dns", "registrator"]


def stale(node: Node, whole: Plan) -> str:
    """What the step of leftovers does on a node."""
    steps = registry.steps(whole, registry.chosen(whole.settings))[node.name]
    return next(step.apply for step in steps if step.name == "leftovers")


def test_services_that_a_stack_no_longer_runs_are_stopped_and_their_files_removed() -> None:
    whole = plan(services=["consul"])
    run = registry.chosen(whole.settings)
    going = stale(whole.slaves[0], whole)
    assert "remove_unit registrator" in going
    assert "/etc/registrator/environment" in going
    kept = {file.path for step in registry.steps(whole, run)[whole.slaves[0].name] for file in step.files}
    assert "/etc/systemd/system/consul.service" in kept
    assert not kept & set(re.split(r"[\s;]+", going))


def test_a_service_that_left_came_back_and_left_again_is_removed_again() -> None:
    assert plans.steps(plan(services=["consul"]))["leftovers"].repeat


def test_what_a_service_made_itself_is_removed_and_its_data_stays() -> None:
    whole = plan(services=["consul"])
    going = stale(whole.slaves[0], whole)
    for made in ("/etc/haproxy/haproxy.cfg", "/etc/haproxy/refused", "/usr/local/bin/consul-template"):
        assert made in going
    assert "/var/lib" not in going
    assert "/etc/haproxy" not in stale(whole.masters[0], whole)


def test_with_dns_by_consul_weave_names_is_removed_and_the_resolver_stays() -> None:
    resolver = ("remove_unit dns\n", "/etc/dnsmasq.d/apollo.conf", "/etc/resolv.conf")
    whole = plan(services=CORE)
    going = stale(whole.slaves[0], whole)
    assert "remove_unit weave-names" in going
    assert "/usr/local/bin/weave-names" in going
    assert not [kept for kept in resolver if kept in going]
    bare = plan(services=["consul"])
    assert all(gone in stale(bare.slaves[0], bare) for gone in resolver)


def whole_choices(settings: Settings) -> Iterator[list[str]]:
    """Every choice of services in which each has what it needs."""
    offered = [service for service in registry.OFFERED if service.applies(settings)]
    for size in range(len(offered) + 1):
        for some in combinations(offered, size):
            listed = [service.name for service in some]
            if all(need in listed for service in some for need in service.needs):
                yield listed


@pytest.mark.parametrize("way", ["consul", "weave"])
def test_every_possible_choice_of_services_runs_them_and_removes_the_rest(way: str) -> None:
    everything = plan(services=[service.name for service in registry.OFFERED], dns=way)
    two = (everything.masters[0], everything.slaves[0])
    every = {
        node.role: {path for step in leftovers.every_step(node, everything, registry.OFFERED) for path in step.paths}
        for node in two
    }
    choices = list(whole_choices(everything.settings))
    assert [] in choices
    assert set(everything.settings.services) in map(set, choices)
    for listed in choices:
        whole = plan(services=listed, dns=way, masterCount=1, slaveCount=1)
        run = registry.chosen(whole.settings)
        found = registry.steps(whole, run)
        for node in (whole.masters[0], whole.slaves[0]):
            steps = {step.name: step for step in found[node.name]}
            assert all(set(step.after) <= set(steps) for step in steps.values())
            made = {path for step in steps.values() for path in step.paths}
            removed = set(removals(steps["leftovers"].apply)) if "leftovers" in steps else set()
            assert removed == {path for path in every[node.role] - made if not path.startswith("/var/lib/")}, listed
            expected = [s.name for s in run if node.role in s.roles and s.health(node, whole)]
            assert f"for service in {' '.join(expected)}" in " ".join(steps["gate"].files[0].content.split()), listed


def removals(script: str) -> Iterator[str]:
    """The files that the script of the leftovers removes, without what steps undo."""
    for line in script.splitlines():
        command, *words = line.split()
        if command == "remove_unit":
            yield init_system.unit_path("systemd", *words)
        elif command == "rm":
            yield from words[1:]
            return


def test_a_stack_with_every_service_has_no_leftovers() -> None:
    whole = plan(services=[service.name for service in registry.OFFERED], dns="weave")
    found = registry.steps(whole, registry.chosen(whole.settings))
    assert not [step for steps in found.values() for step in steps if step.name == "leftovers"]
