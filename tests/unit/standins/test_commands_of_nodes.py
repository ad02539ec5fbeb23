"""The commands of the nodes' containers and of their routers, read by the parsers of the stand-ins."""

import os
import re
import shlex
import subprocess
from argparse import Namespace
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from infra.services.registry import OFFERED
from sandbox.commandline import Parser
from sandbox.standins.marathon.__main__ import parser as marathon
from sandbox.standins.mesos_agent.__main__ import parser as agent
from sandbox.standins.mesos_master.__main__ import parser as master
from sandbox.standins.registrator.__main__ import parser as registrator
from sandbox.standins.scope.__main__ import parser as scope
from sandbox.weaver.weaver import parser as weaver
from tests.unit.plans import files, plan
from tests.unit.shell import program

CLUSTER = plan(masterCount=3, slaveCount=2, services=sorted({service.name for service in OFFERED}))


def read(parser: Callable[[], Parser], container: str, node: str) -> Namespace:
    """What the stand-in understands of a container's environment and of the words behind its image."""
    unit = files(CLUSTER, node)[f"/etc/systemd/system/{container}.service"].content.replace("\\\n", " ")
    command = re.search("^ExecStart=(.*)$", unit, re.MULTILINE)
    assert command
    words = shlex.split(command[1].replace("%%", "%").replace("$$", "$"))
    variables = [value for name, value in pairwise(words) if name == "--env"]
    image = next(i for i, word in enumerate(words) if re.fullmatch(r"[a-z]+/[a-z-]+:[\w.]+", word))
    return parser().read(words[image + 1 :], dict(variable.split("=", 1) for variable in variables))


@pytest.mark.parametrize(
    ("parser", "container", "node", "name", "value"),
    [
        (master, "mesos-master", "master-1", "quorum", 2),
        (agent, "mesos-agent", "slave-1", "resources", {"ports": [[31000, 32000]]}),
        (marathon, "marathon", "master-1", "http_port", 8080),
        (registrator, "registrator", "slave-1", "consul", "http://127.0.0.1:8500"),
        (scope, "scope-app", "master-1", "mode", "app"),
        (scope, "scope-probe", "slave-1", "no_app", True),
    ],
)
def test_a_stand_in_accepts_each_flag_that_a_node_passes(
    parser: Callable[[], Parser], container: str, node: str, name: str, value: object
) -> None:
    assert getattr(read(parser, container, node), name) == value


@pytest.mark.parametrize("dns", ["", "127.0.0.1:6753"])
def test_the_router_accepts_each_flag_that_a_node_passes(dns: str, tmp_path: Path) -> None:
    script = files(CLUSTER)["/usr/local/bin/weave"].content.replace("/run/weave", str(tmp_path / "run"))
    program(tmp_path, "weaver", 'printf "%s\\0" "$@"')
    program(tmp_path, "ip", '[ "$4" = weave ]')  # the one interface that is there
    done = subprocess.run(
        ["sh", "-s", "launch", "10.0.0.4", "10.0.0.5"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "WEAVE_DNS": dns},
        input=script,
        capture_output=True,
        text=True,
        check=True,
    )
    given = weaver().read(done.stdout.split("\0")[:-1])
    assert (given.peers, given.no_dns) == (["10.0.0.4", "10.0.0.5"], not dns)
