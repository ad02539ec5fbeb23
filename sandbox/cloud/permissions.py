"""The IAM policy that docs/aws.md gives to users: the sandbox refuses what it does not allow, as AWS would.

Only actions are compared. The sandbox has one account, and no statement limits the resources of an action that
reaches it.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.cloud.rules import Refusal
from sandbox.home import PROJECT

POLICY = PROJECT / "docs/iam-policy.json"
USER = "arn:aws:iam::123456789012:user/sandbox"
TAGGING = {"TagSpecification.": "ec2:CreateTags", "Tags.": "elasticloadbalancing:AddTags"}
"""The parameters that put tags on what a call creates, and the action that they need beside the call's own."""


def allowed_actions(policy: Mapping[str, Any]) -> frozenset[str]:
    """The actions that a policy allows, such as ec2:RunInstances. Its statements only allow, and name each action."""
    return frozenset(action for statement in policy["Statement"] for action in statement["Action"])


def needed(service: str, action: str, parameters: Iterable[str]) -> list[str]:
    """The IAM actions that a request needs, by the names of its parameters; `service` is the name that signed it."""
    tagging = (more for prefix, more in TAGGING.items() if any(name.startswith(prefix) for name in parameters))
    return [f"{service}:{action}", *tagging]


class Permissions:
    """`used`: the IAM actions of the requests that were allowed."""

    def __init__(self, policy: Path = POLICY) -> None:
        self._allowed = allowed_actions(json.loads(policy.read_text()))
        self.used: set[str] = set()

    def refuse(self, service: str, action: str, parameters: Iterable[str]) -> Refusal | None:
        """AWS' error for a user who has this policy and no other; None where the policy allows the request."""
        actions = needed(service, action, parameters)
        if lacking := [name for name in actions if name not in self._allowed]:
            return _unauthorized(service, lacking[0])
        self.used.update(actions)
        return None


def _unauthorized(service: str, action: str) -> Refusal:
    why = (
        f"User: {USER} is not authorized to perform: {action} because no identity-based policy allows the {action} "
        "action"
    )
    if service == "ec2":
        return Refusal(
            code="UnauthorizedOperation", message=f"You are not authorized to perform this operation. {why}"
        )
    return Refusal(code="AccessDenied", message=why)
