"""A node as the stack's outputs describe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.remote.errors import OperatorError


@dataclass(frozen=True, kw_only=True)
class Node:
    """An entry of the output `nodes`.

    `host` is where SSH reaches the node, as `user`, and `host_key` is what it has to present there. `bridge` is the
    bridge's address with its prefix, `containers` the CIDR of the node's containers. `ssh` is a command line.
    """

    name: str
    role: str
    index: int
    bridge: str
    containers: str
    private_address: str
    host: str
    user: str
    host_key: str
    ssh: str
    port: int = 22

    @classmethod
    def of(cls, name: str, output: Mapping[str, Any]) -> "Node":
        """Raises OperatorError if the output lacks something, as that of an older version of this program does."""
        try:
            return cls._of(name, output)
        except KeyError as missing:
            raise OperatorError(
                f"{name} has no {missing.args[0]} in the stack's outputs: `make up` adds it"
            ) from None

    @classmethod
    def _of(cls, name: str, output: Mapping[str, Any]) -> "Node":
        return cls(
            name=name,
            role=output["role"],
            index=int(output["index"]),
            bridge=output["bridge"],
            containers=output["containers"],
            private_address=output["privateAddress"],
            host=output["address"],
            user=output["user"],
            host_key=output["hostKey"],
            ssh=output["ssh"],
        )
