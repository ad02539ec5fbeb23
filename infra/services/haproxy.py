"""HAProxy on the slaves: serves every service that Consul knows as <service>.<domain>, on port 80."""

from dataclasses import replace

from infra.plan.plan import Node, Plan
from infra.services import catalog, consul_template, haproxy_config
from infra.services.haproxy_config import HEALTH_PATH, HTTP_PORT, HTTPS_PORT, STATS_PORT
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.service import Front, Service, Ui
from infra.steps.step import File, Step
from infra.steps.templates import render

_IMAGES = {"haproxy": "haproxy:3.2.22", **consul_template.IMAGES}


def _initial_config(node: Node, plan: Plan) -> Step:
    """Separate from the container's step: a new value reloads HAProxy, through consul-template."""
    return Step(
        name="haproxy-initial-config",
        title="Write the configuration that HAProxy starts with",
        after=("base-packages",),
        files=(File(path="/etc/haproxy/initial.cfg", content=haproxy_config.initial(node, plan)),),
        apply=render("haproxy/haproxy-initial-config.apply.sh"),
    )


def _proxy(node: Node, plan: Plan) -> Step:
    proxy = Container(
        name="haproxy",
        description="HAProxy: the way in from outside, on port 80",
        image=images.reference(plan.settings, "haproxy", _IMAGES),
        memory_mb=512,
        data="/var/lib/haproxy",
        # Mount the folder, not the file: a replaced file has a new inode.
        volumes=("/etc/haproxy:/usr/local/etc/haproxy:ro",),
        command=("haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"),
        # Only root may listen on port 80 of the node; the worker runs as the uid in the configuration.
        options=("--user", "0:0"),
        stop_seconds=30,
    )
    step = container.step(
        proxy,
        plan.settings.system.init,
        health=_answers(node),
        after=("weave-peers", "haproxy-initial-config"),
    )
    return replace(step, interrupts="traffic")


def _answers(node: Node) -> str:
    """Not by the URL that the load balancer checks: that one fails while the slave is drained."""
    return container.answers("haproxy", f"http://{node.private_address}:{STATS_PORT}/")


def _check(node: Node) -> dict[str, object]:
    """Critical while the health URL fails; its output has what a drain waits for."""
    url = f"http://{node.private_address}:{HTTP_PORT}{HEALTH_PATH}"
    script = render("haproxy/consul-check.sh", url=url, ports=[f"{port:04X}" for port in (HTTP_PORT, HTTPS_PORT)])
    return {"args": ["/bin/sh", "-c", script], "interval": "2s"}


def _health(node: Node, plan: Plan) -> str:
    del plan
    return _answers(node) + consul_template.health()


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    return (
        _initial_config(node, plan),
        _proxy(node, plan),
        consul_template.step(node, plan),
        *catalog.registration("haproxy", node, plan, port=HTTP_PORT, check=_check(node)),
    )


# No `ports`: only the load balancer reaches those of the front, by rules of its own (resources/listener.py).
HAPROXY = Service(
    name="haproxy",
    steps=_steps,
    roles=("slave",),
    needs=("consul",),
    images=_IMAGES,
    health=_health,
    ui=Ui(roles=("slave",), port=STATS_PORT),
    front=Front(port=HTTP_PORT, https_port=HTTPS_PORT, health_path=HEALTH_PATH),
    useless_without=("slave",),
)
