"""Docker on the weave bridge: the containers of a node get their addresses from its own /24."""

import shlex

from infra.plan import names
from infra.plan.plan import Node, Plan
from infra.steps.init_system import drop_in_path
from infra.steps.service import Service
from infra.steps.step import Effect, File, Step, file
from infra.steps.templates import render

_OPTIONS = "/etc/default/docker"


def _effects(node: Node, options: File) -> tuple[Effect, ...]:
    """The options as the running docker has them: it reads the file when it starts."""
    words = shlex.split(shlex.split(options.content)[0].partition("=")[2])
    return (
        Effect(
            name="options of the running docker",
            command=render("docker/options.effect.sh"),
            expected="\n".join(words) + "\n",
        ),
        Effect(
            name="NAT of containers",
            command=render("docker/nat.effect.sh", cidr=node.bridge.network),
            expected="masquerade\n",
        ),
    )


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    settings = plan.settings
    domains = names.search_domains(settings)
    options = file("docker", _OPTIONS, node=node, mtu=settings.weave_mtu, domains=domains)
    files = [options]
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
            effects=_effects(node, options),
            interrupts="containers",
        ),
    )


DOCKER = Service(name="docker", steps=_steps)
