"""./pulumiw's way of running the CLI: its output, status and end are the CLI's own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.home import PROJECT
from tests.unit.waiting import until

FAILS = """#!/bin/sh
echo "$@"
for last; do :; done
case "$*" in *--event-log*) echo '{"diagnosticEvent": {"urn": "urn:pulumi:a::b::aws:ec2/vpc:Vpc::vpc", "severity":
 "error", "message": "VpcLimitExceeded: The maximum"}}' | tr -d '\\n' >"$last" ;; esac
exit 7
"""


def command(folder: Path, script: str, *words: str) -> list[str]:
    program = folder / "pulumi"
    program.write_text(script)
    program.chmod(0o755)
    return [sys.executable, "-m", "ops.explain", str(program), *words]


def run(folder: Path, script: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(folder, script, *words), cwd=PROJECT, capture_output=True, text=True, check=False)


def test_a_failed_clis_output_and_status_stay_and_what_to_do_follows(tmp_path: Path) -> None:
    done = run(tmp_path, FAILS, "up", "-s", "dev")
    log = done.stdout.split()[-1]
    assert (done.returncode, done.stdout) == (7, f"up -s dev --event-log {log}\n")
    assert done.stderr.startswith("\nWhat to do:\n  vpc: the account has all the VPCs in this region that its quota")
    assert not Path(log).parent.exists()


def test_a_log_of_the_users_own_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "events"
    done = run(tmp_path, FAILS, "up", "--event-log", str(own))
    assert (done.returncode, done.stdout, done.stderr) == (7, f"up --event-log {own}\n", "")
    assert own.exists()


def test_a_cli_that_ends_well_is_followed_by_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "#!/bin/sh\nexit 0\n", "up")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_the_cli_ends_with_what_runs_it(tmp_path: Path, sent: signal.Signals, status: int) -> None:
    running = subprocess.Popen(
        command(tmp_path, "#!/bin/sh\nexec sleep 1000\n", "up"), cwd=PROJECT, start_new_session=True
    )
    cli = until(lambda: next(iter(psutil.Process(running.pid).children()), None), "the CLI runs")
    until(lambda: cli.name() == "sleep", "it sleeps")
    os.kill(running.pid, sent)
    assert running.wait(20) == status
    psutil.wait_procs([cli], 20)
    assert not cli.is_running()
