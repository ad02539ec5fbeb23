"""One stack of one project, opened: its files, its secrets, its config."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from sandbox.engine import checkpoint
from sandbox.engine.backend import Backend, open_backend
from sandbox.engine.checkpoint import Deployment
from sandbox.engine.codec import Codec
from sandbox.engine.config import Setting, stack_settings
from sandbox.engine.errors import EngineError
from sandbox.engine.project import Project, load_project
from sandbox.engine.secrets import Crypter, new_state, passphrase
from sandbox.engine.selection import selected
from sandbox.engine.stackfile import StackFile


class Session:
    """What commands work on. Opens things when they are asked for."""

    def __init__(self, folder: Path, stack: str | None, environ: Mapping[str, str] = os.environ) -> None:
        self.project: Project = load_project(folder.absolute())
        self._asked = stack
        self._environ = environ

    @cached_property
    def backend(self) -> Backend:
        return open_backend(self.project.name, self._environ)

    @cached_property
    def stack(self) -> str:
        """The stack's name: as asked for, from PULUMI_STACK, or as selected. Raises EngineError without one."""
        name = self._asked or self._environ.get("PULUMI_STACK") or selected(self.project, self.backend, self._environ)
        if not name:
            raise EngineError(
                "no stack selected; please use `pulumi stack select` to choose one, or -s NAME", status=6
            )
        return name.rsplit("/", 1)[-1]  # organization/project/stack

    @cached_property
    def file(self) -> StackFile:
        return StackFile(self.project.stack_file(self.stack))

    @cached_property
    def document(self) -> dict[str, object]:
        """The parsed state file; raises EngineError when there is no such stack."""
        return self.backend.read(self.stack)

    @cached_property
    def crypter(self) -> Crypter:
        """For the stack's secrets; a stack file without a salt gets the state's, or one of its own."""
        salt = self.file.salt
        if not salt:
            exists = self.backend.state_file(self.stack).exists()
            salt = (checkpoint.salt_in(self.document) if exists else "") or new_state(passphrase(self._environ))
            self.file.set_salt(salt)
        return Crypter(salt, passphrase(self._environ))

    @cached_property
    def codec(self) -> Codec:
        return Codec(self.crypter)

    def load(self) -> Deployment:
        """The state, decrypted."""
        salt = checkpoint.salt_in(self.document)
        if not salt or salt == self.crypter.state:
            return checkpoint.load(self.document, self.codec)
        # The stack file's salt was renewed: read with the old one, write with the new one.
        return checkpoint.load(self.document, Codec(Crypter(salt, passphrase(self._environ))))

    def settings(self, *, defaults: bool = True, sealed: bool = False) -> dict[str, Setting]:
        """The stack's config by full key. `sealed` leaves secrets undeciphered, and needs no passphrase."""
        crypter = None if sealed or not _has_secrets(self.file.values) else self.crypter
        return stack_settings(self.project, self.file.values, crypter, defaults=defaults)


def _has_secrets(values: object) -> bool:
    if isinstance(values, dict):
        return set(values) == {"secure"} or any(_has_secrets(item) for item in values.values())
    return isinstance(values, list) and any(_has_secrets(item) for item in values)
