"""What is in a backup: a tar of what each service gave, and of what is needed to put it into another cluster."""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_ABOUT, _CONSUL, _MARATHON = "about.json", "consul.snapshot", "marathon.json"


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Consul's tokens in a stack's config."""

    management: str
    agent: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """`made` is a time in UTC. `consul` is a snapshot, whose Consul accepts `tokens`; `marathon` is its root group.

    None is a service that the stack did not run.
    """

    stack: str
    made: str
    tokens: Tokens | None = None
    consul: bytes | None = None
    marathon: Mapping[str, Any] | None = None

    def pack(self) -> bytes:
        about = {"stack": self.stack, "made": self.made, "tokens": asdict(self.tokens) if self.tokens else None}
        members = {_ABOUT: json.dumps(about).encode()}
        if self.consul is not None:
            members[_CONSUL] = self.consul
        if self.marathon is not None:
            members[_MARATHON] = json.dumps(self.marathon).encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return packed.getvalue()

    @classmethod
    def unpack(cls, packed: bytes) -> "Content":
        """From what `pack` returned; sealing has authenticated it."""
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            members = {name: file.read() for name in tar.getnames() if (file := tar.extractfile(name))}
        about = json.loads(members[_ABOUT])
        return cls(
            stack=about["stack"],
            made=about["made"],
            tokens=Tokens(**about["tokens"]) if about["tokens"] else None,
            consul=members.get(_CONSUL),
            marathon=json.loads(members[_MARATHON]) if _MARATHON in members else None,
        )
