"""Where the state lives: the Pulumi CLI's file backend, `file://FOLDER` in PULUMI_BACKEND_URL."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.engine.errors import EngineError


@dataclass(frozen=True, kw_only=True)
class Backend:
    """The folder that holds `.pulumi`, for one project."""

    root: Path
    project: str

    @property
    def url(self) -> str:
        return f"file://{self.root}"

    @property
    def _stacks(self) -> Path:
        return self.root / ".pulumi" / "stacks" / self.project

    def state_file(self, stack: str) -> Path:
        return self._stacks / f"{stack}.json"

    def lock_folder(self, stack: str) -> Path:
        return self.root / ".pulumi" / "locks" / "organization" / self.project / stack

    def stack_names(self) -> list[str]:
        return sorted(path.stem for path in self._stacks.glob("*.json"))

    def read(self, stack: str) -> dict[str, Any]:
        """The stack's parsed state file; raises EngineError when there is none, or it is broken."""
        path = self.state_file(stack)
        try:
            document: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise EngineError(f"no stack named '{stack}' found: `stack init {stack}` makes it", status=6) from None
        except ValueError as error:
            raise EngineError(f"{path} is not a state file: {error}") from error
        return document

    def write(self, stack: str, pieces: Iterable[bytes]) -> None:
        """Replaces the state file in one step: a reader, or a crash, sees the old one or the new one."""
        path = self.state_file(stack)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._describe()
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        # The CLI's bucket library notes a checksum beside each file it writes; ours would not match it.
        path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
        _sync_folder(path.parent)

    def _describe(self) -> None:
        meta = self.root / ".pulumi" / "meta.yaml"
        if not meta.exists():
            meta.write_text("version: 1\n")  # stacks live in a folder named for their project

    def remove(self, stack: str) -> None:
        """Forgets a stack: its state and the CLI's copy of it."""
        for suffix in ("", ".attrs", ".bak", ".bak.attrs"):
            self.state_file(stack).with_name(f"{stack}.json{suffix}").unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_backend(project: str, environ: Mapping[str, str] = os.environ) -> Backend:
    """From PULUMI_BACKEND_URL; only file:// is served."""
    url = environ.get("PULUMI_BACKEND_URL", "")
    parts = urlsplit(url)
    if parts.scheme != "file" or not parts.path:
        raise EngineError(f"PULUMI_BACKEND_URL is {url!r}: this engine keeps state in files; set file://FOLDER")
    path = unquote(parts.path)
    if parts.netloc == "~":
        path = f"~{path}"
    elif parts.netloc == ".":
        path = f".{path}"
    return Backend(root=Path(path).expanduser().absolute(), project=project)
