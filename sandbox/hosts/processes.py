"""Processes of this machine. psutil signals only the process that it found, not a later one with the same pid."""

import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

SECONDS = 10.0
"""How long the kernel may take to end a process that was killed."""


def with_pids(pids: Iterable[int]) -> list[psutil.Process]:
    """Those of `pids` that are processes now."""
    found = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return found


def kill(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL all of them, and wait until they are gone."""
    victims = list(processes)
    for process in victims:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    # Not psutil's own wait: it reaps this process's children, and with them a host's exit status.
    end = time.monotonic() + SECONDS
    while any(alive(process) for process in victims) and time.monotonic() < end:
        time.sleep(0.01)


def alive(process: psutil.Process) -> bool:
    """False for a process that has ended, also where its parent has not reaped it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_line(process: psutil.Process) -> list[str]:
    """Its arguments; empty where it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
