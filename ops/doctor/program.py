"""What the program would make of a stack, computed from its config without a run of Pulumi."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.config.operating_systems import Init
from infra.config.settings import Settings, SettingsError
from infra.plan.plan import Node, Plan
from infra.services import registry
from infra.steps.step import Step
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Program:
    """The planned nodes by name, and the steps of each in an order in which they can run."""

    init: Init
    nodes: Mapping[str, Node]
    steps: Mapping[str, tuple[Step, ...]]

    @classmethod
    def of(cls, stack: Stack) -> "Program":
        """Raises OperatorError if the stack's config can't be read or used."""
        try:
            plan = Plan.of(Settings.parse(_config(stack)))
            steps = registry.steps(plan, registry.chosen(plan.settings))
        except SettingsError as error:
            raise OperatorError(str(error)) from None
        nodes = {node.name: node for node in plan.nodes}
        return cls(init=plan.settings.system.init, nodes=nodes, steps=steps)

    def script(self, node: str, step: Step) -> str:
        return step.script(self.nodes[node], self.init)


def _config(stack: Stack) -> dict[str, str]:
    """As the engine passes it to the program, with the defaults of Pulumi.yaml; secrets are in plain text."""
    printed: Mapping[str, Any] = json.loads(stack.pulumi("config", "--show-secrets", "--json").stdout)
    return {key: str(found["value"]) for key, found in printed.items()}
