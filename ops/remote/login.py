"""The files in .keys/ that log in to a stack's nodes: the private key, and the nodes' host keys."""

import os
import secrets
from pathlib import Path

from infra.config import ssh_keys
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack


class LoginFiles:
    """The files of one stack; `key` and `known_hosts` are their paths."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.key: Path = stack.project / ".keys" / stack.name
        self.known_hosts: Path = self.key.with_name(f"{stack.name}.hosts")

    def write(self) -> str:
        """Write both files and return the private key; raises OperatorError if there is no key or no node."""
        self.write_known_hosts()
        return self.write_key().read_text()

    def write_key(self) -> Path:
        """Write the private key from the stack's config, unless the file has one that the nodes accept."""
        if not self._accepted():
            private_key = self._configured_key()
            self._make_folder()
            self.key.unlink(missing_ok=True)
            handle = os.open(self.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(private_key.rstrip("\n") + "\n")
        return self.key

    def _accepted(self) -> bool:
        """Another copy of the project can have rotated the key; a stack without nodes has no key to compare."""
        if not self.key.exists():
            return False
        keys = self._stack.output("sshKeys")
        try:
            return not keys or ssh_keys.public_half(self.key.read_text()) in keys
        except ValueError:
            return False

    def write_known_hosts(self) -> None:
        """Write the host keys that nodes and bastion have to present (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""
        bastion = self._stack.bastion()
        machines = [*self._stack.nodes().values(), *([bastion] if bastion else [])]
        lines = [f"{machine.name} {machine.host_key}\n" for machine in machines]
        self._make_folder()
        # Replaced, never half written: another command may be reading it.
        new = self.known_hosts.with_name(f".{self.known_hosts.name}.{secrets.token_hex(4)}")
        new.write_text("".join(lines))
        new.replace(self.known_hosts)

    def remove(self) -> None:
        for file in (self.key, self.known_hosts):
            file.unlink(missing_ok=True)

    def _configured_key(self) -> str:
        name = self._stack.name
        try:
            private_key = self._stack.config("sshPrivateKey")
        except OperatorError as error:
            raise OperatorError(
                f"the private key of the stack {name} is not in .keys/{name}, and can't be read from "
                f"Pulumi.{name}.yaml:\n{error}"
            ) from error
        if private_key is None:
            raise OperatorError(f"sshPrivateKey is not set: `make init STACK={name}` makes a key")
        return private_key

    def _make_folder(self) -> None:
        self.key.parent.mkdir(mode=0o700, exist_ok=True)
