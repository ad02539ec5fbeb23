"""The memory that a command and all its processes use."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

_INTERVAL_SECONDS = 0.1


def resident(pid: int) -> int:
    """The resident memory of a process and its descendants, in bytes; shared pages count once for each process."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


class Peak:
    """The largest value of `resident` so far, in bytes."""

    def __init__(self) -> None:
        self.bytes = 0


@contextmanager
def peak_of(process: "subprocess.Popen[str]") -> Iterator[Peak]:
    """Watch a process in the background until the end of the body."""
    peak, ended = Peak(), threading.Event()

    def watch() -> None:
        while not ended.is_set():
            peak.bytes = max(peak.bytes, resident(process.pid))
            ended.wait(_INTERVAL_SECONDS)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
