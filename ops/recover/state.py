"""What a stack's state says of an `up` that was killed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.recover.access import Access

STACK = "pulumi:pulumi:Stack"
INSTANCE = "aws:ec2/instance:Instance"
KEY_PAIR = "aws:ec2/keyPair:KeyPair"
REPEATABLE = (INSTANCE, KEY_PAIR, "command:remote:Command")
"""Kinds whose creations, if cut off, need nobody's attention: the first two are looked for, steps run again."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Ids of the instances and security groups that it has, and the operations under way when it was last saved.

    `access` has no region and `root`, the stack's own URN, is "" as long as nothing was made.
    """

    access: Access
    root: str
    instances: frozenset[str]
    groups: frozenset[str]
    pending: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, export: str) -> "State":
        """From what `pulumi stack export` prints."""
        deployment = json.loads(export).get("deployment") or {}
        resources = deployment.get("resources") or []
        providers = [one.get("inputs", {}) for one in resources if one["type"] == "pulumi:providers:aws"]
        return cls(
            access=Access.of(next((inputs for inputs in providers if inputs.get("region")), {})),
            root=next((str(one["urn"]) for one in resources if one["type"] == STACK), ""),
            instances=_ids(resources, INSTANCE),
            groups=_ids(resources, "aws:ec2/securityGroup:SecurityGroup"),
            pending=deployment.get("pending_operations") or [],
        )

    @property
    def doubtful(self) -> list[str]:
        """What may exist on AWS without Pulumi's knowledge: a name and a type each."""
        return [
            f"{one['urn'].rpartition('::')[2]} ({one['type']})"
            for one in self._cut_off
            if one["type"] not in REPEATABLE
        ]

    @property
    def key_names(self) -> list[str]:
        """Names of the key pairs whose import was cut off."""
        return [str(one["inputs"]["keyName"]) for one in self._cut_off if one["type"] == KEY_PAIR]

    @property
    def _cut_off(self) -> list[Mapping[str, Any]]:
        return [one["resource"] for one in self.pending if one["type"] == "creating"]


def _ids(resources: Sequence[Mapping[str, Any]], type_: str) -> frozenset[str]:
    return frozenset(str(one["id"]) for one in resources if one["type"] == type_ and one.get("id"))
