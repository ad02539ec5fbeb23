"""Docker on the weave bridge: each node's containers take their addresses from its own /24."""

from infra.plan.plan import Node, Plan
from infra.services import dns
from infra.steps.step import File, Service, Step
from infra.steps.templates import render

_OPTIONS = "etc/default/docker"
_DROP_IN = "etc/systemd/system/docker.service.d/weave.conf"


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    init, mtu = plan.settings.system.init, plan.settings.weave_mtu
    options = render(f"docker/{_OPTIONS}", node=node, mtu=mtu, domains=dns.search_domains(plan))
    files = [File(path=f"/{_OPTIONS}", content=options)]
    if init == "systemd":
        files.append(File(path=f"/{_DROP_IN}", content=render(f"docker/{_DROP_IN}")))
    return (
        Step(
            name="docker",
            after=("weave-bridge",),
            files=tuple(files),
            apply=render("docker/docker.apply.sh"),
            check=render("docker/docker.check.sh"),
        ),
    )


DOCKER = Service(name="docker", steps=_steps)
