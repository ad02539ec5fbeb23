"""Connection: the one place that knows how a node is reached by SSH, by steps and by the operator."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pulumi
from pulumi_command import remote

from infra.config.settings import Settings

# The command provider waits up to 5 s between attempts: about 5 minutes for a new instance to open its SSH port, and
# 12 for a node that does not answer at all.
DIALS = 70
_DIAL_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Connection:
    """`host` is known once the instance exists; `host_key` is in authorized_keys form and known before.

    `proxy` is the connection to the bastion through which a node without a public address is reached.
    """

    node: str
    host: pulumi.Output[str]
    user: str
    host_key: str
    private_key: pulumi.Output[str]
    proxy: "Connection | None" = None

    @cached_property
    def arguments(self) -> pulumi.Output[remote.ConnectionArgs]:
        """As the command provider takes it: a secret, and one object for all commands of the node."""
        proxy = remote.ProxyConnectionArgs(**self.proxy._values()) if self.proxy else None
        return pulumi.Output.secret(remote.ConnectionArgs(**self._values(), proxy=proxy))

    def _values(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "user": self.user,
            "host_key": self.host_key,
            "private_key": self.private_key,
            "dial_error_limit": DIALS,
            "per_dial_timeout": _DIAL_SECONDS,
        }

    def outputs(self, stack: str) -> dict[str, Any]:
        """What the operator's commands read: never the private key, which `make ssh` writes to .keys/<stack>."""
        return {
            "address": self.host,
            "hostKey": self.host_key,
            "user": self.user,
            "ssh": self._ssh(stack),
        }

    def _ssh(self, stack: str, *options: pulumi.Input[str]) -> pulumi.Output[str]:
        """The command line that logs in, to be run in the project's folder."""
        files = f"-i .keys/{stack} -o UserKnownHostsFile=.keys/{stack}.hosts -o HostKeyAlias={self.node}"
        if self.proxy:
            # ProxyJump would pass none of these options on to the connection to the bastion.
            strict = "-o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -W %h:%p"
            options = (*options, " -o ProxyCommand='", self.proxy._ssh(stack, " ", strict), "'")
        return pulumi.Output.concat(f"ssh {files}", *options, f" {self.user}@", self.host)


def to(
    name: str, settings: Settings, *, host: pulumi.Output[str], host_key: str, proxy: Connection | None = None
) -> Connection:
    """As the nodes' login, with the login's private key, which stays a secret."""
    return Connection(
        node=name,
        host=host,
        user=settings.login,
        host_key=host_key,
        private_key=pulumi.Output.secret(settings.ssh_private_key.get_secret_value()),
        proxy=proxy,
    )
