"""Past: what the stack's last `up` left, from the stack's own outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.runtime.stack import ResourceRegistrationFailed

from infra.plan.roll import Made
from infra.plan.topology import FIRST

OUTPUT = "roll"
"""The output with what each node was made with: a secret, because a password could be guessed from it."""


class Past:
    """`nodes` are the outputs of each node that exists, by name; `topology` is theirs, empty without nodes.

    `vpc_id` is the existing VPC that they are in, empty if theirs is the cluster's own. `login_keys` are the public
    keys that they accept.
    """

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self.nodes: Mapping[str, Mapping[str, Any]] = outputs.get("nodes") or {}
        self.topology: str = outputs.get("topology", FIRST) if self.nodes else ""
        self.vpc_id: str = outputs.get("vpcId", "") if self.nodes else ""
        self.login_keys: Sequence[str] = (outputs.get("sshKeys") or ()) if self.nodes else ()
        made = outputs.get(OUTPUT) or {}
        addresses = {name: str(node.get("privateAddress", "")) for name, node in self.nodes.items()}
        self.existing = {name: Made(address=address, **made.get(name, {})) for name, address in addresses.items()}

    @classmethod
    async def read(cls) -> "Past":
        """Empty before the first `up`. A failed `up` keeps the outputs of the nodes that it did not come to."""
        own = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        return cls(await pulumi.StackReference(own).outputs.future() or {})


def kept(output: pulumi.Output[Any], last: object) -> pulumi.Output[Any]:
    """The output, or `last` when the resource that it is of has failed or was not come to."""

    def instead(error: Exception) -> object:
        if not isinstance(error, ResourceRegistrationFailed):
            raise error
        return last

    return output.recover(instead)
