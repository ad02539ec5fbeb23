"""Which services a stack runs, which steps that puts on which node, and what is said where it can't be."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from infra.config.settings import Settings, SettingsError
from infra.plan.plan import Node, Plan
from infra.services import leftovers, registry
from infra.services import registry as services
from infra.services.gate import step as gate
from infra.steps import images, init_system
from infra.steps.service import Service
from infra.steps.step import Step
from tests.unit import plans
from tests.unit.plans import plan
from tests.unit.program import config
from tests.unit.shell import only_check, program, run, shellcheck


def names(node: Node, whole: Plan) -> list[str]:
    return [step.name for step in services.steps(whole, services.chosen(whole.settings))[node.name]]


CORE = ["consul", "dns", "registrator"]
REFUSED = [
    ({"services": ["dns"]}, "services: dns needs consul: add what is missing, or remove dns from the list"),
    ({"services": ["consul", "marathon"]}, "marathon needs mesos and zookeeper"),
    ({"services": ["mesos"]}, "mesos needs zookeeper"),
    ({"services": ["haproxy"]}, "haproxy needs consul"),
    (
        {"services": ["consul", "registrater"]},
        "services has registrater (did you mean registrator?): choose from consul",
    ),
    ({"images": {"consull": "consul:1"}}, "images has consull (did you mean consul?): choose from consul"),
]


@pytest.mark.parametrize(("changes", "answer"), REFUSED, ids=[answer[:32] for _, answer in REFUSED])
def test_a_service_or_image_that_can_not_be_is_answered_with_what_can(
    changes: dict[str, object], answer: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        services.chosen(Settings.parse(config(**changes)))
    assert answer in str(refused.value)


def test_names_by_weave_need_no_consul() -> None:
    run = services.chosen(Settings.parse(config(dns="weave", services=["dns"])))
    assert [service.name for service in run if service not in services.NETWORK] == ["dns"]


def test_all_that_a_service_lacks_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    needy = Service(name="marathon", steps=lambda *_: (), needs=("mesos", "zookeeper"))
    monkeypatch.setattr(services, "OFFERED", (needy,))
    with pytest.raises(SettingsError, match=r"services: marathon needs mesos and zookeeper: add what is missing"):
        services.chosen(Settings.parse(config(services=["marathon"])))


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_every_node_gets_the_core_services_and_the_first_master_the_access_rules(masters: int) -> None:
    whole = plan(masterCount=masters, services=CORE)
    ending = ["consul", "consul-access", "dns", "registrator", "gate"]
    for node in whole.nodes:
        own = [name for name in names(node, whole) if name in ending]
        assert set(own) == set(ending) - (set() if node.name == "master-1" else {"consul-access"})
        assert own[0] == "consul"
        assert own[-1] == "gate"


def test_a_service_that_is_left_out_leaves_no_step_and_nobody_waits_for_it() -> None:
    whole = plan(services=["consul"])
    for node in whole.nodes:
        steps = services.steps(whole, services.chosen(whole.settings))[node.name]
        there = {step.name for step in steps}
        assert "dns" not in there
        assert all(set(step.after) <= there for step in steps)
    bare = plan(services=[])
    network = {
        "base-packages",
        "base-sysctl",
        "docker",
        "gate",
        *(f"weave-{part}" for part in ("binaries", "bridge", "router", "peers")),
    }
    assert set(names(bare.slaves[0], bare)) == network | {"leftovers"}


def stack_of(*services: Service) -> tuple[Service, ...]:
    """These services on the network that every cluster has."""
    return (*registry.NETWORK, *services)


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        (
            Service(name="metrics", steps=lambda *_: (Step(name="metrics", title="Try", after=("dokcer",)),)),
            r"master-1: step metrics comes after dokcer, which no service has \(did you mean docker\?\)",
        ),
        (
            Service(
                name="metrics",
                steps=lambda *_: (Step(name="metrics", title="Try"), Step(name="metrics", title="Try")),
            ),
            "master-1 has two steps metrics, of metrics and of metrics: rename one",
        ),
        (
            Service(name="metrics", roles=("slave",), steps=lambda *_: (Step(name="docker", title="Try"),)),
            "slave-1 has two steps docker, of docker and of metrics: rename one",
        ),
    ],
    ids=["after an unknown step", "twice in one service", "twice in two services"],
)
def test_steps_that_no_order_could_be_right_for_are_named(service: Service, answer: str) -> None:
    with pytest.raises(ValueError, match=answer):
        registry.steps(plan(), stack_of(service))


@pytest.mark.parametrize("earlier", ["mesos-agent", "marathon", "consul-access", "zookeeper"])
def test_a_step_may_come_after_one_that_the_stack_or_the_node_does_not_have(earlier: str) -> None:
    metrics = Service(
        name="metrics", steps=lambda *_: (Step(name="metrics", title="Try", after=("docker", earlier)),)
    )
    found = registry.steps(plan(services=[]), stack_of(metrics))
    for steps in found.values():
        assert next(step.after for step in steps if step.name == "metrics") == ("docker",)


def test_the_gate_is_behind_every_other_step_and_asks_for_each_service_of_the_node() -> None:
    whole = plan(services=CORE)
    steps = services.steps(whole, services.chosen(whole.settings))[whole.slaves[0].name]
    last = steps[-1]
    assert last.name == "gate"
    assert set(last.after) == {step.name for step in steps[:-1]}
    (health,) = last.files
    assert "in consul dns registrator; do" in health.content
    assert health.path in last.check


def test_a_service_of_one_role_is_asked_for_on_that_role_alone() -> None:
    whole = plan()
    only = Service(
        name="front-end",
        steps=lambda *_: (Step(name="front-end", title="Try"),),
        roles=("slave",),
        health=lambda *_: "true",
    )
    run = (*services.NETWORK, only)
    assert "front_end_wrong" in services.steps(whole, run)[whole.slaves[0].name][-1].files[0].content
    assert "front_end_wrong" not in services.steps(whole, run)[whole.masters[0].name][-1].files[0].content
    assert "front_end_wrong" not in gate(whole.masters[0], whole, {}).files[0].content


def test_a_service_without_the_nodes_that_give_it_work_is_a_note_and_no_error() -> None:
    idle = Service(name="haproxy", steps=lambda *_: (), useless_without=("slave",))
    assert list(services.notes(plan(slaveCount=0), [idle])) == [
        "haproxy has nothing to do: there is no slave (slaveCount sets how many)"
    ]
    assert not list(services.notes(plan(slaveCount=1), [idle]))


@pytest.mark.parametrize(
    ("mirror", "image", "pulled"),
    [
        ("", "hashicorp/consul:1.22.7", "hashicorp/consul:1.22.7"),
        ("10.0.0.1:5000", "hashicorp/consul:1.22.7", "10.0.0.1:5000/hashicorp/consul:1.22.7"),
        ("10.0.0.1:5000", "zookeeper:3.9", "10.0.0.1:5000/zookeeper:3.9"),
        ("mirror.example.com/hub", "quay.io/a/b:1", "mirror.example.com/hub/a/b:1"),
        ("mirror.example.com", "localhost/b:1", "mirror.example.com/b:1"),
        ("10.0.0.1:5000", "10.0.0.1:5000/weave:2.9.0", "10.0.0.1:5000/weave:2.9.0"),
        ("m.example.com", "a/b@sha256:" + "0" * 64, "m.example.com/a/b@sha256:" + "0" * 64),
    ],
)
def test_a_mirror_has_every_image_under_its_own_name(mirror: str, image: str, pulled: str) -> None:
    settings = Settings.parse(config(imageRegistry=mirror, images={"consul": image}))
    assert images.reference(settings, "consul", {"consul": "shipped:1"}) == pulled


def test_an_image_that_the_stack_does_not_name_is_the_projects_own() -> None:
    assert images.reference(Settings.parse(config()), "consul", {"consul": "shipped:1"}) == "shipped:1"


def stale(node: Node, whole: Plan) -> str:
    """What the step of leftovers does on a node."""
    steps = services.steps(whole, services.chosen(whole.settings))[node.name]
    return next(step.apply for step in steps if step.name == "leftovers")


def test_what_a_stack_no_longer_runs_is_stopped_and_its_files_go() -> None:
    whole = plan(services=["consul"])
    run = services.chosen(whole.settings)
    going = stale(whole.slaves[0], whole)
    assert "remove_unit registrator" in going
    assert "/etc/registrator/environment" in going
    kept = {file.path for step in services.steps(whole, run)[whole.slaves[0].name] for file in step.files}
    assert "/etc/systemd/system/consul.service" in kept
    assert not kept & set(re.split(r"[\s;]+", going))


def test_what_a_service_made_itself_goes_with_it_and_its_data_stays() -> None:
    whole = plan(services=["consul"])
    going = stale(whole.slaves[0], whole)
    for made in ("/etc/haproxy/haproxy.cfg", "/etc/haproxy/refused", "/usr/local/bin/consul-template"):
        assert made in going
    assert "/var/lib" not in going
    assert "/etc/haproxy" not in stale(whole.masters[0], whole)


def test_what_tells_names_to_the_router_goes_where_they_are_consuls_and_the_resolver_stays() -> None:
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
    offered = [service for service in services.OFFERED if service.applies(settings)]
    for size in range(len(offered) + 1):
        for some in combinations(offered, size):
            listed = [service.name for service in some]
            if all(need in listed for service in some for need in service.needs):
                yield listed


@pytest.mark.parametrize("way", ["consul", "weave"])
def test_every_choice_that_is_whole_runs_what_it_names_and_removes_the_rest(way: str) -> None:
    everything = plan(services=[service.name for service in services.OFFERED], dns=way)
    two = (everything.masters[0], everything.slaves[0])
    every = {
        node.role: {path for step in leftovers.every_step(node, everything, services.OFFERED) for path in step.paths}
        for node in two
    }
    choices = list(whole_choices(everything.settings))
    assert [] in choices
    assert set(everything.settings.services) in map(set, choices)
    for listed in choices:
        whole = plan(services=listed, dns=way, masterCount=1, slaveCount=1)
        run = services.chosen(whole.settings)
        found = services.steps(whole, run)
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


def test_where_everything_runs_nothing_is_left_over() -> None:
    whole = plan(services=[service.name for service in services.OFFERED], dns="weave")
    assert "leftovers" not in names(whole.slaves[0], whole)


def test_what_says_how_services_are_is_correct_shell_on_every_node(tmp_path: Path) -> None:
    whole = plan(services=[service.name for service in services.OFFERED])
    for node in whole.nodes:
        (health,) = services.steps(whole, services.chosen(whole.settings))[node.name][-1].files
        shellcheck(health.content, "bash", tmp_path)


def test_a_gate_names_the_service_that_is_not_well(tmp_path: Path) -> None:
    whole = plan(masterCount=1)
    step = gate(
        whole.masters[0],
        whole,
        {"fit": "true", "front-end": "echo 'front-end has'; echo 'no backend'", "mute": "false"},
        seconds=0,
    )
    health = tmp_path / "health"
    health.write_text(step.files[0].content)
    health.chmod(0o755)
    assert shell(str(health)) == (
        0,
        "fit=ok\nfront-end=front-end has no backend\nmute=mute is not well, and does not say why\n",
    )
    (tmp_path / "bin").mkdir()
    for name in ("weave", "docker"):
        program(tmp_path / "bin", name, ":")
    check = replace(step, check=step.check.replace(step.files[0].path, str(health)))
    done = run(only_check(check), tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "slave-1 gate: after 0 s front-end has no backend\nmute is not well, and does not say why\n",
    )


def shell(*words: str) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout
