"""Registrator: registers every container of its node that exposes a port in Consul, with its weave address."""

from infra.plan.plan import Node, Plan
from infra.services.consul import HTTP
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.service import Service
from infra.steps.step import File, Step
from infra.steps.templates import render

# docker 28.2 and newer cannot pull v7, the last release: its manifest has schema 1. master is of 2018 or later.
_IMAGES = {"registrator": "gliderlabs/registrator:master"}
_ENVIRONMENT = "/etc/registrator/environment"
_RESYNC_SECONDS = 30
"""How long a wrong entry can last. Each registration restarts the service's checks at a random moment of their
interval, so a check with a longer interval than this would run late."""


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    token = plan.settings.consul_agent_token.get_secret_value()
    registrator = Container(
        name="registrator",
        description="Registrator: this node's containers as services in Consul",
        image=images.reference(plan.settings, "registrator", _IMAGES),
        memory_mb=128,
        command=(
            "-internal",
            "-cleanup",
            "-ip",
            str(node.private_address),
            "-resync",
            str(_RESYNC_SECONDS),
            "-retry-attempts",
            "-1",
            HTTP.replace("http:", "consul:"),
        ),
        volumes=("/var/run/docker.sock:/tmp/docker.sock",),
        environment_file=_ENVIRONMENT,
        after=("consul",),
    )
    step = container.step(
        registrator,
        plan.settings.system.init,
        secret=File(path=_ENVIRONMENT, content=f"CONSUL_HTTP_TOKEN={token}\n", mode="0600"),
        # Its token is invalid until the first master has created it.
        after=("weave-peers", "consul", "consul-access"),
        health=_health(node, plan),
    )
    return (step,)


def _health(node: Node, plan: Plan) -> str:
    del node, plan
    return render("registrator/health.sh")


REGISTRATOR = Service(name="registrator", steps=_steps, needs=("consul",), images=_IMAGES, health=_health)
