"""Leftovers: services that the stack no longer runs are stopped and their files removed; data in /var/lib stays."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from infra.plan.plan import Node, Plan
from infra.steps.init_system import is_unit
from infra.steps.service import Service
from infra.steps.step import Step
from infra.steps.templates import render

_DATA = "/var/lib/"


def step(every: Sequence[Step], kept: Collection[Step]) -> Step | None:
    """The step that removes from a node what `every_step` of it made and no step in `kept` makes.

    None when there is nothing to remove.
    """
    names, needed = {step.name for step in kept}, {path for step in kept for path in step.paths}
    # A dict and not a set, because it keeps the order.
    found = dict.fromkeys(path for step in every for path in step.paths)
    paths = [path for path in found if path not in needed and not path.startswith(_DATA)]
    if not paths:
        return None
    return Step(
        name="leftovers",
        title="Remove what the stack no longer runs",
        after=("docker",),
        # Services can leave, come back and leave again: the same text, with something to do both times.
        repeat=True,
        absent=tuple(paths),
        apply=render(
            "leftovers/leftovers.apply.sh",
            units=[PurePosixPath(path).stem for path in paths if is_unit(path)],
            files=[path for path in paths if not is_unit(path)],
            undo=dict.fromkeys(step.undo for step in every if step.undo and step.name not in names),
        ),
    )


def every_step(node: Node, plan: Plan, offered: Collection[Service]) -> Iterator[Step]:
    """The steps of the node in a stack that runs every service; those of two services of one name may be equal.

    Some files exist only when two services run together, such as a registration in Consul. So the steps are computed
    as if every service ran.
    """
    every = plan.settings.model_copy(update={"services": tuple(service.name for service in offered)})
    for service in offered:
        if node.role in service.roles:
            yield from service.steps(node, replace(plan, settings=every))
