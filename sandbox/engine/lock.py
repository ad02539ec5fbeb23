"""One update of a stack at a time: the Pulumi CLI's lock files.

A lock left by a process of this machine that is no longer alive is taken over, with a notice.
"""

import json
import os
import pwd
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.engine.errors import EngineError


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a lock; `timestamp` is ISO 8601 in UTC."""

    pid: int
    username: str
    hostname: str
    timestamp: str

    def __str__(self) -> str:
        return f"pid {self.pid}, {self.username}@{self.hostname}, since {self.timestamp}"

    @property
    def is_gone(self) -> bool:
        """Whether it was a process of this machine and has ended."""
        return self.hostname == socket.gethostname() and not _alive(self.pid)


@contextmanager
def locked(folder: Path, stack: str, notice: Callable[[str], None]) -> Iterator[None]:
    """Holds the stack's lock; raises EngineError naming the holder when another process has it."""
    _clear_dead(folder, notice)
    _refuse_if_held(folder, stack, mine=None)
    folder.mkdir(parents=True, exist_ok=True)
    mine = folder / f"{uuid.uuid4()}.json"
    mine.write_text(json.dumps(asdict(_this_process())))
    try:
        _refuse_if_held(folder, stack, mine=mine)  # two that came at once both see the other, and both leave
        yield
    finally:
        mine.unlink(missing_ok=True)


def break_locks(folder: Path) -> list[Holder]:
    """What `cancel` does: removes every lock and says whose they were."""
    return [_remove(path) for path in list(_lock_files(folder))]


def holders(folder: Path) -> list[Holder]:
    return [_holder(path) for path in _lock_files(folder)]


def _lock_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _clear_dead(folder: Path, notice: Callable[[str], None]) -> None:
    for path in _lock_files(folder):
        holder = _holder(path)
        if holder.is_gone:
            _remove(path)
            notice(f"taking over from an update that did not end ({holder}): its process is gone")


def _refuse_if_held(folder: Path, stack: str, *, mine: Path | None) -> None:
    held = [_holder(path) for path in _lock_files(folder) if path != mine]
    if held:
        lines = "".join(f"\n  {holder}" for holder in held)
        raise EngineError(
            f"the stack {stack!r} is locked: another update of it is running. Wait for it to end; "
            f"`cancel` removes its lock.{lines}"
        )


def _remove(path: Path) -> Holder:
    holder = _holder(path)
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
    return holder


def _holder(path: Path) -> Holder:
    try:
        content = json.loads(path.read_text())
        return Holder(**{key: content[key] for key in ("pid", "username", "hostname", "timestamp")})
    except (OSError, ValueError, KeyError):  # gone meanwhile, or being written
        return Holder(pid=0, username="?", hostname="?", timestamp="?")


def _this_process() -> Holder:
    return Holder(
        pid=os.getpid(),
        username=pwd.getpwuid(os.getuid()).pw_name,
        hostname=socket.gethostname(),
        timestamp=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
