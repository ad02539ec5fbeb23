"""Registrator: each container of a node that offers a port becomes a service in Consul, by its weave address."""

from infra.plan.plan import Node, Plan
from infra.services.consul import HTTP
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.step import File, Service, Step
from infra.steps.templates import render

_IMAGES = {"registrator": "gliderlabs/registrator:v7"}
_ENVIRONMENT = "/etc/registrator/environment"
_RESYNC_SECONDS = 30
"""How long a wrong entry stays at most. A registration starts the service's checks anew, at a random moment of their
interval, so those with a longer one would be late."""


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
        # Its token is no token before a master has made it.
        after=("weave-peers", "consul", "consul-access"),
        health=_health(node, plan),
    )
    return (step,)


def _health(node: Node, plan: Plan) -> str:
    del node, plan
    return render("registrator/health.sh")


REGISTRATOR = Service(name="registrator", steps=_steps, needs=("consul",), images=_IMAGES, health=_health)
