"""Leftovers: what a stack no longer runs is stopped, and its files go; its data under /var/lib stays."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from infra.plan import Node, Plan
from infra.steps import Service, Step
from infra.templates import render

_UNIT_FOLDERS = ("/etc/systemd/system", "/etc/init")


@dataclass(frozen=True, kw_only=True)
class Unit:
    path: str
    name: str


def step(node: Node, plan: Plan, left_out: Iterable[Service], kept: Iterable[Step]) -> Step | None:
    """The step that takes the services in `left_out` off the node; None where they would put nothing there."""
    needed = set(_paths(kept))
    here = [service for service in left_out if node.role in service.roles]
    steps = [step for service in here for step in service.steps(node, plan)]
    paths = [path for path in _paths(steps) if path not in needed]
    units = [path for path in paths if str(PurePosixPath(path).parent) in _UNIT_FOLDERS]
    if not paths:
        return None
    return Step(
        name="leftovers",
        after=("docker",),
        apply=render(
            "leftovers/leftovers.sh",
            init=plan.settings.system.init,
            units=[Unit(path=path, name=PurePosixPath(path).stem) for path in units],
            others=[path for path in paths if path not in units],
            undo=[text for service in here if (text := service.undo(node, plan))],
        ),
    )


def _paths(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield from (file.path for file in step.files)
        if step.secret:
            yield step.secret.path
