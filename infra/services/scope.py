"""Weave Scope, where a stack asks for it: a picture of hosts, containers and who speaks to whom."""

from infra.plan.plan import Node, Plan
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.step import Port, Service, Step
from infra.steps.templates import render

PORT = 4040
_IMAGES = {"scope": "weaveworks/scope:1.13.2"}
_PROGRAM = "/home/weave/scope"


def _app(node: Node, plan: Plan) -> Container:
    """What shows the picture; each master's has all of it, since every probe tells every master."""
    return Container(
        name="scope-app",
        description="Weave Scope: shows what the probes see",
        image=images.reference(plan.settings, "scope", _IMAGES),
        memory_mb=512,
        entrypoint=_PROGRAM,
        command=("--mode=app", f"--app.http.address={node.private_address}:{PORT}", "--weave=false"),
        # It would ask its makers' server for news otherwise.
        environment={"CHECKPOINT_DISABLE": "true"},
    )


def _probe(plan: Plan) -> Container:
    targets = tuple(f"http://{master.private_address}:{PORT}" for master in plan.masters)
    return Container(
        name="scope-probe",
        description="Weave Scope: sees this node and its containers",
        image=images.reference(plan.settings, "scope", _IMAGES),
        memory_mb=512,
        entrypoint=_PROGRAM,
        command=(
            *("--mode=probe", "--probe.docker=true", "--probe.docker.bridge=weave", "--weave=false"),
            # No controls: a picture that anybody may look at is no way into a container.
            "--probe.no-controls=true",
            # It would look for an app on loopback as well.
            "--no-app",
            *targets,
        ),
        environment={"CHECKPOINT_DISABLE": "true"},
        volumes=("/var/run/docker.sock:/var/run/docker.sock",),
        # It reads whose processes and connections are whose.
        options=("--pid", "host", "--cap-add", "SYS_PTRACE", "--cap-add", "NET_ADMIN"),
    )


def _health(node: Node, plan: Plan) -> str:
    del plan
    return (
        render("scope/scope-app.health.sh", url=f"http://{node.private_address}:{PORT}/api")
        if node.role == "master"
        else ""
    )


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
    ports=(Port(name="scope", port=PORT, description="scope: probes to the masters", roles=("master",)),),
)
