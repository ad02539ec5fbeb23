"""Lock files as the Pulumi CLI writes them, in a folder of the test's own."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from ops.recover import lock


def write(folder: Path, pid: int, hostname: str = "") -> None:
    content = {"pid": pid, "username": "ada", "hostname": hostname or socket.gethostname(), "timestamp": "then"}
    folder.mkdir(exist_ok=True)
    (folder / f"{pid}.json").write_text(json.dumps(content))


def gone(folder: Path) -> bool:
    (holder,) = lock.holders(folder)
    return holder.is_gone


@pytest.fixture
def ended() -> int:
    """The pid of a process that has ended."""
    with subprocess.Popen("true") as process:
        process.wait()
    return process.pid


def test_a_lock_is_free_once_its_process_ended_here_or_its_pid_is_another_programs(
    tmp_path: Path, ended: int
) -> None:
    for pid, hostname, free in ((ended, "", True), (os.getpid(), "", True), (ended, "elsewhere", False)):
        write(folder := tmp_path / f"{pid}{hostname}", pid, hostname)
        assert gone(folder) is free


def test_a_cli_that_runs_holds_its_lock(tmp_path: Path) -> None:
    cli = Path(shutil.copy(str(shutil.which("sleep")), tmp_path / "pulumi"))
    with subprocess.Popen((cli, "100")) as process:
        write(tmp_path, process.pid)
        assert not gone(tmp_path)
        process.kill()


def test_a_cli_that_was_killed_and_that_nobody_has_waited_for_holds_no_lock(tmp_path: Path) -> None:
    process = subprocess.Popen("true")
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the table of processes
    write(tmp_path, process.pid)
    assert gone(tmp_path)
    process.wait()


def test_a_lock_that_is_being_written_is_held(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('{"pid": 1')
    assert not gone(tmp_path)


def test_a_holder_is_named_by_process_user_and_machine(tmp_path: Path) -> None:
    write(tmp_path, 4711, hostname="elsewhere")
    assert str(*lock.holders(tmp_path)) == "pid 4711 of ada@elsewhere, since then"


@pytest.mark.parametrize(
    ("url", "state"),
    [("file:///srv/state", "/srv/state"), ("file://~", str(Path.home())), ("s3://states", None), ("", None)],
)
def test_a_state_in_a_folder_has_its_locks_there(url: str, state: str | None, tmp_path: Path) -> None:
    expected = Path(state) / ".pulumi/locks/organization/apollo/dev" if state else None
    assert lock.folder("apollo", "dev", {"PULUMI_BACKEND_URL": url, "PULUMI_HOME": str(tmp_path)}) == expected


def test_the_backend_is_that_of_the_last_login(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "file:///srv/state"}))
    found = lock.folder("apollo", "dev", {"PULUMI_HOME": str(tmp_path)})
    assert found == Path("/srv/state/.pulumi/locks/organization/apollo/dev")
