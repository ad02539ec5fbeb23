"""Docker on the weave bridge: each node's containers take their addresses from its own /24."""

from infra.plan import Node, Plan
from infra.steps import File, Service, Step
from infra.templates import render

_OPTIONS = "etc/default/docker"
_DROP_IN = "etc/systemd/system/docker.service.d/weave.conf"


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    init, mtu = plan.settings.system.init, plan.settings.weave_mtu
    files = [
        File(path=f"/{_OPTIONS}", content=render(f"docker/{_OPTIONS}", node=node, mtu=mtu, search=_search(plan)))
    ]
    if init == "systemd":
        files.append(File(path=f"/{_DROP_IN}", content=render(f"docker/{_DROP_IN}")))
    return (
        Step(
            name="docker",
            after=("interface",),
            files=tuple(files),
            apply=render("docker/docker.sh", init=init),
            check=render("docker/docker.check.sh"),
        ),
    )


def _search(plan: Plan) -> str:
    """The domain in which containers look for short names; empty where no service answers on the bridge address."""
    return f"service.{plan.settings.consul_domain}" if "dns" in plan.settings.services else ""


DOCKER = Service(name="docker", steps=_steps)
