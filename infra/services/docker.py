"""Docker on the weave bridge: the containers of a node get their addresses from its own /24."""

from infra.plan import names
from infra.plan.plan import Node, Plan
from infra.steps.init_system import drop_in_path
from infra.steps.service import Service
from infra.steps.step import Step, file
from infra.steps.templates import render

_OPTIONS = "/etc/default/docker"


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    settings = plan.settings
    domains = names.search_domains(settings)
    files = [file("docker", _OPTIONS, node=node, mtu=settings.weave_mtu, domains=domains)]
    if drop_in := drop_in_path(settings.system.init, "docker", "weave"):
        files.append(file("docker", drop_in))
    return (
        Step(
            name="docker",
            title="Attach docker to the weave bridge",
            after=("weave-bridge",),
            files=tuple(files),
            apply=render("docker/docker.apply.sh"),
            check=render("docker/docker.check.sh"),
        ),
    )


DOCKER = Service(name="docker", steps=_steps)
