"""The services of a stack, their steps on each node, and the errors about impossible choices."""

import pytest

from infra.config.settings import Settings, SettingsError
from infra.plan.plan import Node, Plan
from infra.services import registry
from infra.steps import images
from infra.steps.service import Service
from infra.steps.step import Step
from tests.unit.plans import plan, steps
from tests.unit.program import config


def names(node: Node, whole: Plan) -> list[str]:
    return list(steps(whole, node.name))


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
def test_an_unknown_service_or_image_is_an_error_that_lists_the_known_ones(
    changes: dict[str, object], answer: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        registry.chosen(Settings.parse(config(**changes)))
    assert answer in str(refused.value)


def test_dns_by_weave_does_not_need_consul() -> None:
    run = registry.chosen(Settings.parse(config(dns="weave", services=["dns"])))
    assert [service.name for service in run if service not in registry.NETWORK] == ["dns"]


def test_an_error_names_every_service_that_another_one_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    needy = Service(name="marathon", steps=lambda *_: (), needs=("mesos", "zookeeper"))
    monkeypatch.setattr(registry, "OFFERED", (needy,))
    with pytest.raises(SettingsError, match=r"services: marathon needs mesos and zookeeper: add what is missing"):
        registry.chosen(Settings.parse(config(services=["marathon"])))


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_every_node_gets_the_core_services_and_the_first_master_the_access_rules(masters: int) -> None:
    whole = plan(masterCount=masters, services=CORE)
    ending = ["consul", "consul-access", "dns", "registrator", "gate"]
    for node in whole.nodes:
        own = [name for name in names(node, whole) if name in ending]
        assert set(own) == set(ending) - (set() if node.name == "master-1" else {"consul-access"})
        assert own[0] == "consul"
        assert own[-1] == "gate"


def test_a_service_that_is_left_out_has_no_step_and_no_step_waits_for_it() -> None:
    whole = plan(services=["consul"])
    for node in whole.nodes:
        steps = registry.steps(whole, registry.chosen(whole.settings))[node.name]
        there = {step.name for step in steps}
        assert "dns" not in there
        assert all(set(step.after) <= there for step in steps)
    bare = plan(services=[])
    network = {
        "base-packages",
        "base-sysctl",
        "container-firewall",
        "docker",
        "gate",
        "logins",
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
def test_steps_that_cannot_be_ordered_are_named(service: Service, answer: str) -> None:
    with pytest.raises(ValueError, match=answer):
        registry.steps(plan(), stack_of(service))


@pytest.mark.parametrize("earlier", ["mesos-agent", "marathon", "consul-access", "zookeeper"])
def test_a_step_may_come_after_one_that_the_stack_or_the_node_does_not_have(earlier: str) -> None:
    metrics = Service(
        name="metrics", steps=lambda *_: (Step(name="metrics", title="Try", after=("docker", earlier)),)
    )
    found = registry.steps(plan(services=[]), stack_of(metrics))
    for node_steps in found.values():
        assert next(step.after for step in node_steps if step.name == "metrics") == ("docker",)


def test_a_step_names_no_step_that_another_one_it_names_waits_for_already() -> None:
    metrics = Service(
        name="metrics",
        steps=lambda *_: (Step(name="metrics", title="Try", after=("base-packages", "weave-peers", "docker")),),
    )
    found = registry.steps(plan(services=[]), stack_of(metrics))
    for node_steps in found.values():
        after = {step.name: step.after for step in node_steps}
        assert after["metrics"] == ("weave-peers",)
        assert sorted(after["gate"]) == ["base-sysctl", "container-firewall", "leftovers", "logins", "metrics"]


def test_a_service_without_the_nodes_that_give_it_work_is_a_note_and_not_an_error() -> None:
    idle = Service(name="haproxy", steps=lambda *_: (), useless_without=("slave",))
    assert list(registry.notes(plan(slaveCount=0), [idle])) == [
        "haproxy has nothing to do: there is no slave (slaveCount sets how many)"
    ]
    assert not list(registry.notes(plan(slaveCount=1), [idle]))


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


@pytest.mark.parametrize("way", ["consul", "weave"])
def test_every_secret_is_a_file_of_roots_own(way: str) -> None:
    whole = plan(services=[service.name for service in registry.OFFERED], dns=way)
    found = registry.steps(whole, registry.chosen(whole.settings))
    secrets = {step.secret.path: step.secret.mode for steps in found.values() for step in steps if step.secret}
    assert {"/etc/weave/password", "/etc/consul/secrets.json", "/etc/registrator/environment"} < set(secrets)
    assert set(secrets.values()) == {"0600"}
