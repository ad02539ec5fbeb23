"""What a node reports at the start of a survey, run with a docker that answers as version 29 does."""

import os
import subprocess
from pathlib import Path

from infra.steps.templates import render
from tests.unit.shell import program, shellcheck

SCRIPT = render("status/start.sh", name="slave-1", probe="probe", image="apollo/probe:1", bridge="10.2.0.10/16")
# Docker 29 has no address outside of a container's networks, and ends with an error for a key that is not there.
DOCKER_29 = """
[ "$1" = inspect ] || { echo 0123456789ab; exit; }
[ "$3" = '{{.NetworkSettings.Networks.bridge.IPAddress}}' ] || { echo 'template: map has no entry' >&2; exit 1; }
echo 10.2.10.2
"""
GONE = """
[ "$1" = inspect ] || { echo 0123456789ab; exit; }
echo 'Error: No such object: 0123456789ab' >&2
exit 1
"""


def started(docker: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program(folder, "ip", "echo '7: weave inet 10.2.0.10/16 brd 10.2.255.255 scope global weave'")
    program(folder, "weave", "echo 'Version: 2.9.0'; echo '-> 10.0.0.4:6783 established encrypted 02:(master-1)'")
    program(folder, "docker", docker)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(["bash", "-s"], input=SCRIPT, env=environment, capture_output=True, text=True, check=False)


def test_the_address_of_a_container_is_read_where_every_docker_reports_it(tmp_path: Path) -> None:
    done = started(DOCKER_29, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "container=10.2.10.2" in done.stdout.splitlines()


def test_a_container_without_an_address_is_a_failure_with_dockers_reason(tmp_path: Path) -> None:
    done = started(GONE, tmp_path)
    assert (done.returncode, done.stderr) == (1, "Error: No such object: 0123456789ab\n")


def test_the_script_is_correct_shell(tmp_path: Path) -> None:
    shellcheck(f"#!/bin/bash\n{SCRIPT}", "bash", tmp_path)
