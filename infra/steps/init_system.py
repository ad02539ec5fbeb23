"""The init systems, systemd and upstart: where their files are. The shell side is in templates/functions/<init>/."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from infra.config.operating_systems import Init

_UNITS: Mapping[Init, str] = {"systemd": "/etc/systemd/system/{}.service", "upstart": "/etc/init/{}.conf"}
_FOLDERS = {str(PurePosixPath(path).parent) for path in _UNITS.values()}

FUNCTIONS = ("restart_unit", "restart_running_unit", "remove_unit")
"""The shell functions that a step may call, each with the name of a unit."""


def unit_path(init: Init, name: str) -> str:
    """The unit of systemd or the job of upstart: /etc/systemd/system/consul.service, /etc/init/consul.conf."""
    return _UNITS[init].format(name)


def drop_in_path(init: Init, unit: str, name: str) -> str | None:
    """Where a file adds settings to a unit of the distribution; None with upstart, which has no such files."""
    return f"/etc/systemd/system/{unit}.service.d/{name}.conf" if init == "systemd" else None


def is_unit(path: str) -> bool:
    """Whether a file is a unit or a job; a unit's drop-in is not."""
    return str(PurePosixPath(path).parent) in _FOLDERS


def unit_of(path: str) -> str:
    """The unit that a file defines, or that a drop-in adds to; empty for any other file."""
    if is_unit(path):
        return PurePosixPath(path).stem
    unit, dot, _ = PurePosixPath(path).parent.name.partition(".service.d")
    return unit if dot else ""
