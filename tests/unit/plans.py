"""A plan of any config, and the steps and files of its nodes."""

from typing import Any

from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.services import registry
from infra.steps.step import File, Step
from tests.unit.program import IMAGE, config


def plan(**changes: Any) -> Plan:
    """Of a whole config with these changes; an operating system without a public image gets one."""
    if changes.get("os") == "ubuntu-14.04":
        changes = {"ami": IMAGE, "allowImdsV1": True, **changes}
    return Plan.of(Settings.parse(config(**changes)))


def node(whole: Plan, name: str) -> Node:
    return next(node for node in whole.nodes if node.name == name)


def steps(whole: Plan, name: str = "slave-1") -> dict[str, Step]:
    """Those of a node by their names, in their order."""
    return {step.name: step for step in registry.steps(whole, registry.chosen(whole.settings))[name]}


def files_of(step: Step) -> tuple[File, ...]:
    """Its files, and its secret if it has one."""
    return (*step.files, step.secret) if step.secret else step.files


def files(whole: Plan, name: str = "slave-1") -> dict[str, File]:
    """All that a node gets, by path."""
    return {file.path: file for step in steps(whole, name).values() for file in files_of(step)}
