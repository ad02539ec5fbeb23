"""A rotation: the phases in which a secret of a stack is replaced on a running cluster.

A phase looks first at what is there, so a rotation that was cut off is finished by running it again. What it must
remember is in the stack's config, which colleagues share: the key `rotation`, a secret, has the old value of the one
that is being replaced, from the first phase to the last.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack

MARKER = "rotation"
"""The config key; its value is KEY and the old secret, with a space between them."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The running cluster during a rotation, and both values of the secret."""

    stack: Stack
    connections: NodeConnections
    old: str
    new: str


Check = Callable[[Cluster], Awaitable[Sequence[str]]]


async def every_node(cluster: Cluster) -> Sequence[str]:
    """Whether every node can be logged in to: `up` would leave one that is down with the old secret."""
    await asyncio.gather(*(cluster.connections.to(name) for name in cluster.connections.nodes))
    return []


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What one KEY rotates.

    `config` is the config key of the secret, which `generate` makes, and `needs` the service that uses it, if one
    does. `check` raises OperatorError where the cluster is not fit for a rotation, before anything is changed.
    `verify` raises it where a node does not use the new secret or still accepts the old one, and returns what it has
    seen, a sentence each.
    """

    config: str
    generate: Callable[[], str]
    verify: Check
    check: Check = every_node
    needs: str = ""


@dataclass(frozen=True)
class Rotation:
    """One rotation of a stack; `name` is its KEY."""

    stack: Stack
    name: str
    kind: Kind

    @property
    def old(self) -> str:
        """The value that is replaced. Raises OperatorError while another rotation is not finished."""
        name, _, value = (self.stack.config(MARKER) or "").partition(" ")
        if name not in ("", self.name):
            raise OperatorError(
                f"a rotation of {name} is not finished: `make rotate KEY={name} STACK={self.stack.name}` first"
            )
        return value

    @property
    def current(self) -> str:
        """The value in the config; raises OperatorError if there is none."""
        value = self.stack.config(self.kind.config)
        if value is None:
            raise OperatorError(f"{self.kind.config} is not set: `make init STACK={self.stack.name}` makes it")
        return value

    async def on_nodes(self, check: Check) -> Sequence[str]:
        connections = NodeConnections.of(self.stack)
        try:
            cluster = Cluster(stack=self.stack, connections=connections, old=self.old, new=self.current)
            return await check(cluster)
        finally:
            connections.close()
