"""A node, and the bastion before it, as the stack's outputs describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.remote.errors import OperatorError

BASTION = "bastion"
SSH = 22


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What SSH reaches at `host` as `user`, and what has to present `host_key` there. `ssh` is a command line."""

    name: str
    host: str
    user: str
    host_key: str
    ssh: str
    port: int = SSH

    @classmethod
    def bastion(cls, output: Mapping[str, Any]) -> "Machine":
        """From the output `bastion`."""
        return cls(name=BASTION, port=SSH, **_login(output))


@dataclass(frozen=True, kw_only=True)
class Node(Machine):
    """An entry of the output `nodes`.

    `bridge` is the bridge's address with its prefix, `containers` the CIDR of the node's containers. SSH reaches the
    node through `proxy`, or directly if that is None.
    """

    role: str
    index: int
    bridge: str
    containers: str
    private_address: str
    proxy: Machine | None = None

    @classmethod
    def of(cls, name: str, output: Mapping[str, Any], proxy: Machine | None = None) -> "Node":
        """Raises OperatorError if the output lacks something, as that of an older version of this program does."""
        try:
            return cls._of(name, output, proxy)
        except KeyError as missing:
            raise OperatorError(
                f"{name} has no {missing.args[0]} in the stack's outputs: `make up` adds it"
            ) from None

    @classmethod
    def _of(cls, name: str, output: Mapping[str, Any], proxy: Machine | None) -> "Node":
        return cls(
            name=name,
            role=output["role"],
            index=int(output["index"]),
            bridge=output["bridge"],
            containers=output["containers"],
            private_address=output["privateAddress"],
            proxy=proxy,
            port=SSH,
            **_login(output),
        )


def _login(output: Mapping[str, Any]) -> dict[str, str]:
    return {
        "host": output["address"],
        "user": output["user"],
        "host_key": output["hostKey"],
        "ssh": output["ssh"],
    }
