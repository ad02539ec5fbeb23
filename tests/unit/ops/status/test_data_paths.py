"""The data path of each connection between routers, from the router's report to the table of `make status`."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.steps.templates import render
from ops.status.tables import data_paths
from tests.unit.shell import program

REPORT = """\
<- 10.0.0.13:33866       established encrypted   fastdp 02:0a:02:00:00:0a(slave-1) mtu=8916
-> 10.0.32.14:6783       established unencrypted sleeve 02:0a:02:00:00:0b(slave-2) mtu=8916
-> 10.0.64.6:6783        pending     encrypted   fastdp 02:0a:02:00:00:03(master-3)
-> 10.0.32.5:6783        retrying    dial tcp4 :0->10.0.32.5:6783: connect: connection refused
"""


def test_the_survey_of_a_node_has_the_data_path_of_each_established_connection(tmp_path: Path) -> None:
    (tmp_path / "report").write_text(REPORT)
    program(tmp_path, "ip", "echo '9: weave inet 10.2.0.1/16 brd'")
    program(tmp_path, "weave", f"case $* in *connections) cat {tmp_path}/report ;; *) echo 'Version: 2.9.0' ;; esac")
    program(tmp_path, "docker", "echo 10.2.1.1")
    script = render("status/start.sh", name="master-1", probe="probe", image="image", bridge="10.2.0.1/16")
    done = subprocess.run(
        ["bash", "-c", script],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "connected=slave-1:fastdp slave-2:sleeve \n" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("connected", "shown"),
    [
        ({}, ""),
        ({"slave-1": "fastdp", "slave-2": "fastdp"}, "fastdp"),
        ({"slave-1": "fastdp", "slave-3": "sleeve", "slave-2": "fastdp"}, "fastdp; sleeve to slave-3"),
        (
            {"a": "fastdp", "b": "fastdp", "c": "fastdp", "e": "sleeve", "d": "sleeve"},
            "fastdp; sleeve to d, e",
        ),
    ],
)
def test_the_table_has_the_usual_data_path_and_names_the_nodes_of_another(
    connected: dict[str, str], shown: str
) -> None:
    assert data_paths(connected) == shown
