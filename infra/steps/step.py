"""Steps: what a service puts on a node, and the ports that it needs there. Text only."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from infra.config.operating_systems import Init
from infra.config.settings import Settings
from infra.plan.plan import ROLES, Node, Plan, Role
from infra.steps.templates import render

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

    `fetch` runs before the files are put, so a failed download changes nothing. `apply` runs when a file, the
    secret or `apply` itself differs from what was last applied in full. `errors` are shell functions that `apply`
    calls where it cannot go on; each calls `fail` with its sentence. `check` runs every time and changes nothing.
    `secret` is a file whose content travels through standard input, so that no preview, log or process list shows
    it.
    """

    name: str
    after: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    secret: File | None = None
    upload: Upload | None = None
    fetch: str = ""
    errors: str = ""
    apply: str = ""
    check: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of `apply` without its comments: another wording of anything else restarts nothing."""
        lines = (line for line in self.apply.splitlines() if not line.lstrip().startswith("#"))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def script(self, node: Node, init: Init) -> str:
        """The whole text of the remote command, for the login's shell; safe to run again at any point."""
        return render(
            "step.sh",
            step=self,
            node=node,
            init=init,
            stamp=f"{STAMPS}/{self.name}",
            seconds=_SECONDS_MOST,
        )


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that a service opens on the nodes of `roles`, and to whom: the admins or the cluster's nodes.

    `protocol` is tcp, udp or an IP protocol number as text, which has no ports. `to` is the last port of a
    range that begins at `port`.
    """

    name: str
    port: int | None
    description: str
    protocol: str = "tcp"
    source: Literal["admins", "nodes"] = "nodes"
    roles: tuple[Role, ...] = ROLES
    to: int | None = None


def _nothing(node: Node, plan: Plan) -> str:
    del node, plan
    return ""


def _always(settings: Settings) -> bool:
    del settings
    return True


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of the cluster: whose nodes run it, what it does there, and what it takes.

    Where several have one name, `when` tells by the stack's settings which of them is meant.
    `needs` are names of other services, `images` its images as this project ships them, by the name that
    the config key `images` overrides them by. `health` is shell that prints what is wrong with the service
    on this node, and nothing when all is well; the node's gate waits for it. `undo` is shell that takes away what
    its steps made beside their files, where it is there; its data stays. `idle_without` are roles that give it
    all its work.
    """

    name: str
    steps: Callable[[Node, Plan], tuple[Step, ...]]
    roles: tuple[Role, ...] = ROLES
    ports: tuple[Port, ...] = ()
    needs: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    health: Callable[[Node, Plan], str] = _nothing
    undo: Callable[[Node, Plan], str] = _nothing
    when: Callable[[Settings], bool] = _always
    idle_without: tuple[Role, ...] = ()
