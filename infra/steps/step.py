"""Steps: what is done on a node, as the text of one remote command each."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from infra.config.operating_systems import Init
from infra.steps import init_system
from infra.steps.templates import render


class Named(Protocol):
    """A machine that gets steps: a node, or the bastion."""

    @property
    def name(self) -> str: ...


STAMPS = "/var/lib/apollo/steps"
_SECONDS_MOST = 900


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that a node gets, owned by root."""

    path: str
    content: str
    mode: str = "0644"


def file(service: str, path: str, mode: str = "0644", **values: Any) -> File:
    """The file that templates/<service>/<path> makes at /<path>; `path` begins with the slash."""
    return File(path=path, content=render(f"{service}{path}", **values), mode=mode)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file of the operator's machine that a step finds at `remote` on the node, readable by its login."""

    local: Path
    remote: str


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a step brings about outside its files: `command`, shell that changes nothing, prints `expected`."""

    name: str
    command: str
    expected: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """Files, the commands that make them take effect, and the check that they did: one remote command.

    `name` is part of the command's URN. `title` is an imperative sentence, the script's first line. `after` names
    the steps of the same node that come first.

    `fetch` runs before the files are put, so a failed download changes nothing. `apply` runs when a file, the
    secret or `apply` itself differs from what was last applied in full. `errors` are shell functions that `apply`
    calls where it cannot go on; each calls `fail` with its sentence. `check` runs every time and changes nothing.
    With `repeat`, `apply` runs every time; it is for commands that check themselves what there is to do.
    `secret` is a file whose content travels through standard input, so that no preview, log or process list shows
    it. `undo` removes what `apply` made outside of the files, on a node that no longer has this step; it must
    succeed when there is nothing to remove. `output` names the node's output that holds what the step prints.
    `interrupts`: whether a change of the step interrupts its node's traffic, or stops the containers too. The script
    ends within `seconds`.

    `effects`, `image` and `absent` are for `make doctor`, and in no script: `image` is that of the container that has
    the step's name, and no file has a path of `absent`.
    """

    name: str
    title: str
    after: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    secret: File | None = None
    upload: Upload | None = None
    fetch: str = ""
    errors: str = ""
    apply: str = ""
    repeat: bool = False
    check: str = ""
    undo: str = ""
    output: str = ""
    interrupts: Literal["nothing", "traffic", "containers"] = "nothing"
    seconds: int = _SECONDS_MOST
    effects: tuple[Effect, ...] = ()
    image: str = ""
    absent: tuple[str, ...] = ()

    @property
    def stamp(self) -> str:
        """The file on the node with the digest of what was last applied in full."""
        return f"{STAMPS}/{self.name}"

    @property
    def digest(self) -> str:
        """The SHA-256 of `apply` without its comments: another wording of anything else restarts nothing."""
        lines = (line for line in self.apply.splitlines() if not line.lstrip().startswith("#"))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def paths(self) -> tuple[str, ...]:
        """Of every file that the step puts on its node."""
        return (*(file.path for file in self.files), *([self.secret.path] if self.secret else []))

    def script(self, node: Named, init: Init) -> str:
        """The whole text of the remote command, for the login's shell; safe to run again at any point."""
        return render(
            "step.sh",
            step=self,
            node=node,
            functions=list(self._functions(init)),
            stamp=self.stamp,
            seconds=self.seconds,
        )

    def _functions(self, init: Init) -> Iterator[str]:
        """The templates of the shell functions that this step calls."""
        words = set(re.findall(r"\w+", self.apply + self.check))
        if "until_ready" in words:
            yield "functions/until_ready.sh"
        yield from (f"functions/{init}/{name}.sh" for name in init_system.FUNCTIONS if name in words)
