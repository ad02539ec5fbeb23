"""Leftovers: what a stack no longer runs is stopped, and its files go; its data under /var/lib stays."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.steps.step import Service, Step
from infra.steps.templates import render

_DATA = "/var/lib/"
_UNIT_FOLDERS = ("/etc/systemd/system", "/etc/init")


@dataclass(frozen=True, kw_only=True)
class Unit:
    path: str
    name: str


def step(node: Node, plan: Plan, offered: Collection[Service], kept: Iterable[Step]) -> Step | None:
    """The step that takes off the node what it has of `offered` services and not of `kept` steps; None for nothing.

    A service may put there what only goes with another, such as what Consul is to list; so all are asked as if
    all of them ran.
    """
    needed = set(_paths(kept))
    here = [service for service in offered if node.role in service.roles]
    whole = replace(plan, settings=everything(plan.settings, offered))
    steps = [step for service in here for step in service.steps(node, whole)]
    named = dict.fromkeys(_paths(steps))  # once, where two of one name have it
    paths = [path for path in named if path not in needed and not path.startswith(_DATA)]
    units = [path for path in paths if str(PurePosixPath(path).parent) in _UNIT_FOLDERS]
    if not paths:
        return None
    return Step(
        name="leftovers",
        after=("docker",),
        apply=render(
            "leftovers/leftovers.apply.sh",
            init=plan.settings.system.init,
            units=[Unit(path=path, name=PurePosixPath(path).stem) for path in units],
            others=[path for path in paths if path not in units],
            undo=dict.fromkeys(
                text
                for service in here
                if service.name not in plan.settings.services and (text := service.undo(node, plan))
            ),
        ),
    )


def everything(settings: Settings, offered: Iterable[Service]) -> Settings:
    """The settings of a stack that runs all of these services."""
    return settings.model_copy(update={"services": tuple(service.name for service in offered)})


def _paths(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield from (file.path for file in step.files)
        if step.secret:
            yield step.secret.path
