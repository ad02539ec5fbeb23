"""Connection: the one place that knows how a node is reached by SSH, by steps and by the operator."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pulumi
from pulumi_command import remote

from infra.config.settings import Settings
from infra.plan.plan import Node

# The command provider waits up to 5 s between attempts: about 5 minutes for a new instance to open its SSH port.
DIALS = 70
_DIAL_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class Connection:
    """`host` is known once the instance exists; `host_key` is in authorized_keys form and known before.

    Nodes have public addresses, so there is no proxy: a bastion would be a further field here.
    """

    node: str
    host: pulumi.Output[str]
    user: str
    host_key: str
    private_key: pulumi.Output[str]

    @cached_property
    def arguments(self) -> pulumi.Output[remote.ConnectionArgs]:
        """As the command provider takes it: a secret, and one object for all commands of the node."""
        return pulumi.Output.secret(
            remote.ConnectionArgs(
                host=self.host,
                user=self.user,
                host_key=self.host_key,
                private_key=self.private_key,
                dial_error_limit=DIALS,
                per_dial_timeout=_DIAL_SECONDS,
            )
        )

    def outputs(self, stack: str) -> dict[str, Any]:
        """What the operator's commands read: never the private key, which `make ssh` writes to .keys/<stack>."""
        files = f"-i .keys/{stack} -o UserKnownHostsFile=.keys/{stack}.hosts -o HostKeyAlias={self.node}"
        return {
            "address": self.host,
            "hostKey": self.host_key,
            "user": self.user,
            "ssh": pulumi.Output.concat(f"ssh {files} {self.user}@", self.host),
        }


def to(node: Node, settings: Settings, *, host: pulumi.Output[str], host_key: str) -> Connection:
    """As the nodes' login, with the login's private key, which stays a secret."""
    return Connection(
        node=node.name,
        host=host,
        user=settings.login,
        host_key=host_key,
        private_key=pulumi.Output.secret(settings.ssh_private_key.get_secret_value()),
    )
