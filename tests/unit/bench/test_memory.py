"""The memory of a command and its processes."""

import subprocess
import sys
import time

from bench.memory import peak_of, resident

MEGABYTE = 1_000_000
_FILL = "import sys; filled = bytes(range(250)) * 400_000; print('filled', flush=True); sys.stdin.read()"
_CHILD = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {_FILL!r}]))"


def test_the_peak_contains_the_memory_of_child_processes() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    filled = resident(process.pid)
    with peak_of(process) as peak:
        while peak.bytes < 100 * MEGABYTE:
            time.sleep(0.01)
        process.stdin.close()
        process.wait(30)
    process.stdout.close()
    assert 100 * MEGABYTE < filled < 300 * MEGABYTE


def test_a_process_that_has_ended_has_no_memory() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(30)
    assert resident(process.pid) == 0
