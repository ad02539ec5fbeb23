"""The registry: the services of the cluster, one line each, and which of them a stack runs."""

from collections.abc import Iterator, Mapping, Sequence

from infra.config.complaints import did_you_mean
from infra.config.settings import Settings, SettingsError
from infra.plan.plan import Plan
from infra.services import container_firewall, dns, node_steps
from infra.services.base import BASE
from infra.services.consul import CONSUL
from infra.services.docker import DOCKER
from infra.services.drain import DRAIN
from infra.services.haproxy import HAPROXY
from infra.services.marathon import MARATHON
from infra.services.mesos import MESOS
from infra.services.registrator import REGISTRATOR
from infra.services.scope import SCOPE
from infra.services.weave import WEAVE
from infra.services.zookeeper import ZOOKEEPER
from infra.steps import images
from infra.steps.service import Front, Port, Service
from infra.steps.step import Step

NETWORK: tuple[Service, ...] = (BASE, WEAVE, DOCKER, DRAIN)
"""Every stack runs these."""

OFFERED: tuple[Service, ...] = (
    CONSUL,
    dns.BY_CONSUL,
    dns.BY_ROUTER,
    REGISTRATOR,
    ZOOKEEPER,
    MESOS,
    MARATHON,
    HAPROXY,
    SCOPE,
)
"""The config key `services` chooses from these by name."""


def chosen(settings: Settings) -> tuple[Service, ...]:
    """The services of this stack; raises SettingsError for an unknown name and for a missing dependency."""
    if problems := list(_problems(settings)):
        raise SettingsError("\n".join(problems))
    return NETWORK + tuple(service for name, service in _offered(settings).items() if name in settings.services)


def _offered(settings: Settings) -> dict[str, Service]:
    """The service of each name in this stack."""
    return {service.name: service for service in OFFERED if service.applies(settings)}


def _problems(settings: Settings) -> Iterator[str]:
    offered = _offered(settings)
    for name in settings.services:
        if name not in offered:
            yield f"services has {name}{did_you_mean(name, offered)}: choose from {', '.join(offered)}"
            continue
        missing = [need for need in offered[name].needs if need not in settings.services]
        if missing:
            needed = " and ".join(missing)
            yield f"services: {name} needs {needed}: add what is missing, or remove {name} from the list"
    yield from _opened(settings, offered)
    known = {image for service in OFFERED for image in service.images}
    for name in settings.images:
        if name not in known:
            yield f"images has {name}{did_you_mean(name, known)}: choose from {', '.join(sorted(known))}"


def _opened(settings: Settings, offered: Mapping[str, Service]) -> Iterator[str]:
    """What is wrong with `openToContainers`."""
    choice = [name for name, service in offered.items() if container_firewall.can_open(service)]
    for name in settings.open_to_containers:
        if name not in choice:
            yield f"openToContainers has {name}{did_you_mean(name, choice)}: choose from {', '.join(choice)}"
        elif name not in settings.services:
            yield f"openToContainers has {name}, which does not run: add it to services, or remove it from the list"


def notes(plan: Plan, services: Sequence[Service]) -> Iterator[str]:
    """Warnings about valid but probably unintended config, one sentence each."""
    roles = {node.role for node in plan.nodes}
    for service in services:
        for role in service.useless_without:
            if role not in roles:
                yield f"{service.name} has nothing to do: there is no {role} ({role}Count sets how many)"


def pulled(settings: Settings, services: Sequence[Service]) -> dict[str, str]:
    """The images that nodes pull, by `weaveImage` or their name in `images`, without regard to imageRegistry."""
    router = {} if settings.weaver_url else {"weaveImage": settings.weave_image}
    return router | {
        name: images.configured(settings, name, service.images) for service in services for name in service.images
    }


def ports(services: Sequence[Service]) -> tuple[Port, ...]:
    return tuple(port for service in services for port in service.ports)


def ui_urls(plan: Plan, services: Sequence[Service]) -> dict[str, list[str]]:
    """By service, the URL of its web page on each node that serves it; reachable from inside the VPC alone."""
    return {
        service.name: [
            f"http://{node.private_address}:{ui.port}{ui.path}" for node in plan.nodes if node.role in ui.roles
        ]
        for service in services
        if (ui := service.ui)
    }


def front(services: Sequence[Service]) -> Front | None:
    """What the load balancer serves; None when no service of the stack has a front."""
    return next((service.front for service in services if service.front), None)


def service_url(settings: Settings, services: Sequence[Service]) -> str:
    """The URL of a service from outside, with <service> for its name; empty when no service has a front."""
    scheme = "https" if settings.certificate_arn else "http"
    return f"{scheme}://<service>.{settings.domain}/" if front(services) else ""


def steps(plan: Plan, services: Sequence[Service]) -> dict[str, tuple[Step, ...]]:
    """As node_steps.by_node, with the services that this project offers."""
    return node_steps.by_node(plan, services, OFFERED)
