"""Weave Scope, which is optional: a picture of hosts, containers and the connections between them."""

from typing import Any

from infra.plan.plan import Node, Plan
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.service import Port, Service, Ui
from infra.steps.step import Step
from infra.steps.templates import render

PORT = 4040
_IMAGES = {"scope": "weaveworks/scope:1.13.2"}


def _container(name: str, description: str, plan: Plan, **values: Any) -> Container:
    return Container(
        name=name,
        description=f"Weave Scope: {description}",
        image=images.reference(plan.settings, "scope", _IMAGES),
        memory_mb=512,
        entrypoint="/home/weave/scope",
        # Do not look for newer versions on its maker's server.
        environment={"CHECKPOINT_DISABLE": "true"},
        **values,
    )


def _app(node: Node, plan: Plan) -> Container:
    """Shows the picture. Every probe reports to every master, so each master has all of it."""
    return _container(
        "scope-app",
        "shows what the probes report",
        plan,
        command=("--mode=app", f"--app.http.address={node.private_address}:{PORT}", "--weave=false"),
    )


def _probe(plan: Plan) -> Container:
    targets = tuple(f"http://{master.private_address}:{PORT}" for master in plan.masters)
    return _container(
        "scope-probe",
        "reports this node and its containers",
        plan,
        command=(
            *("--mode=probe", "--probe.docker=true", "--probe.docker.bridge=weave", "--weave=false"),
            # No controls: the page has no login, and controls open a shell in a container.
            "--probe.no-controls=true",
            # Do not look for an app on loopback.
            "--no-app",
            *targets,
        ),
        volumes=("/var/run/docker.sock:/var/run/docker.sock",),
        # To see which process owns which connection.
        options=("--pid", "host", "--cap-add", "SYS_PTRACE", "--cap-add", "NET_ADMIN"),
    )


def _health(node: Node, plan: Plan) -> str:
    del plan
    return container.answers("scope", f"http://{node.private_address}:{PORT}/api") if node.role == "master" else ""


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    init = plan.settings.system.init
    probe = container.step(_probe(plan), init, health=render("scope/scope-probe.health.sh"))
    if node.role == "slave":
        return (probe,)
    return container.step(_app(node, plan), init, health=_health(node, plan)), probe


SCOPE = Service(
    name="scope",
    steps=_steps,
    images=_IMAGES,
    health=_health,
    ui=Ui(roles=("master",), port=PORT),
    ports=(Port(name="scope", port=PORT, description="scope: probes to the masters", roles=("master",)),),
)
