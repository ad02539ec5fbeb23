"""A stack as its operator sees it: config and outputs by way of ./pulumiw, and the key that logs in to its nodes."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

PROJECT = Path(__file__).resolve().parents[2]


class OperatorError(Exception):
    """What stopped a command, in words for whoever typed it."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """How to log in to a stack's nodes, all of them alike; `private_key` is its text."""

    user: str
    private_key: str = field(repr=False)
    port: int = 22


@dataclass(frozen=True)
class Stack:
    """`project` is the folder that holds Pulumi.yaml and pulumiw, which runs in `environ`: None is this process's."""

    name: str
    project: Path = PROJECT
    environ: Mapping[str, str] | None = None

    @property
    def key_file(self) -> Path:
        """The private key of the nodes' login, for ssh; the stack's own copy is a secret in its config."""
        return self.project / ".keys" / self.name

    @property
    def hosts_file(self) -> Path:
        """The public keys that the nodes have to show, for ssh."""
        return self.project / ".keys" / f"{self.name}.hosts"

    def pulumi(self, *words: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """`./pulumiw WORDS -s NAME`; raises OperatorError with what it said."""
        done = subprocess.run(
            [str(self.project / "pulumiw"), *words, "-s", self.name],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=self.environ,
        )
        if check and done.returncode != 0:
            raise OperatorError(done.stderr.strip() or done.stdout.strip())
        return done

    def config_keys(self) -> frozenset[str] | None:
        """The config keys that are set, such as apollo:slaveCount; None where the stack does not exist."""
        said = self.pulumi("config", "--json", check=False)
        return frozenset(json.loads(said.stdout)) if said.returncode == 0 else None

    def set_secret(self, key: str, value: str) -> None:
        self.pulumi("config", "set", "--secret", key, stdin=value)

    def output(self, name: str) -> Any:
        """One of the stack's outputs; None where it has none of that name."""
        return self._outputs.get(name)

    def nodes(self) -> Mapping[str, Mapping[str, Any]]:
        """The output `nodes`: by name, what the stack says of each node, in the order of their weave indexes."""
        nodes = self.output("nodes")
        if not nodes:
            raise OperatorError(f"the stack {self.name} has no nodes: `make up STACK={self.name}` launches them")
        return dict(sorted(nodes.items(), key=lambda item: int(item[1]["index"])))

    def login(self) -> Login:
        """Raises OperatorError where the stack has no key."""
        return Login(user=self.output("login"), private_key=self.write_key_file().read_text())

    @cached_property
    def _outputs(self) -> Mapping[str, Any]:
        """As they are when they are first asked for."""
        said = self.pulumi("stack", "output", "--json", check=False)
        outputs: Mapping[str, Any] = json.loads(said.stdout) if said.returncode == 0 else {}
        return outputs

    def write_known_hosts(self) -> None:
        """Write what the nodes have to show to ssh, by their names (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""
        lines = [f"{name} {node['hostKey']}\n" for name, node in self.nodes().items()]
        # Whole at every moment: another command may be reading it.
        new = self.hosts_file.with_name(f".{self.name}.hosts.{secrets.token_hex(4)}")
        new.write_text("".join(lines))
        new.replace(self.hosts_file)

    def write_key_file(self) -> Path:
        """Write the key file, from the stack's secret if it is not there; readable by its owner alone."""
        if not self.key_file.exists():
            said = self.pulumi("config", "get", "sshPrivateKey", check=False)
            if said.returncode != 0:
                raise OperatorError(f"the stack {self.name} has no key yet: run `make init STACK={self.name}`")
            self.key_file.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self.key_file, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(said.stdout.rstrip("\n") + "\n")
        return self.key_file


def complain(error: Exception) -> NoReturn:
    """Say what stopped the command, and leave with status 1."""
    print(error, file=sys.stderr)
    raise SystemExit(1)
