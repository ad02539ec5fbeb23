"""Steps: what a service puts on a node, and the ports that it needs there. Text only."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.plan import Node, Plan
from infra.templates import render

STAMPS = "/var/lib/apollo/steps"
_SECONDS_MOST = 900


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that a node gets, owned by root."""

    path: str
    content: str
    mode: str = "0644"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file of the operator's machine that a step finds at `remote` on the node, readable by its login."""

    local: Path
    remote: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """Files, the commands that make them take effect, and the check that they did: one remote command.

    `apply` runs when a file or this step's text differs from what was last applied in full. `check` runs
    every time and changes nothing. `secret` is a file whose content travels by standard input, so that
    no preview, log or process list shows it.
    """

    name: str
    after: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    secret: File | None = None
    upload: Upload | None = None
    apply: str = ""
    check: str = ""

    def script(self, node: Node) -> str:
        """The whole text of the remote command, for the login's shell; safe to run again at any point."""
        return render(
            "step.sh",
            step=self,
            node=node,
            stamp=f"{STAMPS}/{self.name}",
            seconds=_SECONDS_MOST,
        )


@dataclass(frozen=True, kw_only=True)
class Port:
    """Ports that a service opens on every node, and to whom: the admins, or the cluster's own nodes.

    `protocol` is tcp, udp or an IP protocol number as text, which has no ports.
    """

    name: str
    protocol: str
    port: int | None
    source: Literal["admins", "nodes"]
    description: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of the cluster: its ports and what it does on a node."""

    name: str
    steps: Callable[[Node, Plan], tuple[Step, ...]]
    ports: tuple[Port, ...] = ()
