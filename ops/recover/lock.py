"""The lock files of a stack whose state is in a folder: who holds them, and whether that process still runs.

Pulumi's other backends keep their locks elsewhere, and `pulumi cancel` is for those.
"""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FOLDER = "file://"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The process that wrote a lock file; `since` is a time in text."""

    pid: int
    username: str
    hostname: str
    since: str

    def __str__(self) -> str:
        return f"pid {self.pid} of {self.username}@{self.hostname}, since {self.since}"

    @property
    def is_gone(self) -> bool:
        """Whether it was a CLI on this machine that has ended; its pid may be another program's by now."""
        if self.hostname != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
            return Path(f"/proc/{self.pid}/exe").readlink().name != "pulumi"
        except ProcessLookupError:
            return True
        except FileNotFoundError:  # a process that nobody has waited for has no program; or there is no /proc
            return Path(f"/proc/{self.pid}").exists()
        except OSError:  # another user's process
            return False


def folder(project: str, stack: str, environment: Mapping[str, str]) -> Path | None:
    """The folder of a stack's lock files; None where the backend is not a folder."""
    url = environment.get("PULUMI_BACKEND_URL") or _logged_in(environment)
    if not url.startswith(_FOLDER):
        return None
    state = Path(url.removeprefix(_FOLDER)).expanduser()
    return state / ".pulumi/locks/organization" / project / stack


def holders(folder: Path) -> list[Holder]:
    """Everyone who holds a lock there."""
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            content = json.loads(file.read_text())
        except FileNotFoundError:
            continue  # released meanwhile
        except json.JSONDecodeError:
            content = {}  # being written
        found.append(
            Holder(
                pid=content.get("pid", os.getpid()),
                username=content.get("username", ""),
                hostname=content.get("hostname", ""),
                since=content.get("timestamp", ""),
            )
        )
    return found


def _logged_in(environment: Mapping[str, str]) -> str:
    """The backend of the last `pulumi login`."""
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        return str(json.loads((home / "credentials.json").read_text()).get("current", ""))
    except (OSError, json.JSONDecodeError):
        return ""
