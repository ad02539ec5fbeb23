"""Command lines: what infra passes is accepted, and what a stand-in does not have is refused."""

from collections.abc import Callable

import pytest

from sandbox.commandline import Parser
from sandbox.standins.marathon.__main__ import parser as marathon
from sandbox.standins.mesos_agent.__main__ import parser as agent
from sandbox.standins.mesos_master.__main__ import parser as master
from sandbox.standins.registrator.__main__ import parser as registrator
from sandbox.standins.scope.__main__ import parser as scope

MASTER = ["--ip=10.0.0.4", "--hostname=10.0.0.4", "--work_dir=/m", "--zk=zk://a:2181/mesos", "--quorum", "2"]
MARATHON = ["--master", "zk://a:2181/mesos", "--zk=zk://a:2181/marathon", "--hostname=h", "--http_address=h"]
REGISTRATOR = ["-internal", "-resync", "30", "-retry-attempts", "-1", "consul://10.0.0.10:8500"]


@pytest.mark.parametrize(
    ("parser", "words", "environment", "error", "status"),
    [
        (master, [*MASTER, "--roles=a"], {}, "mesos-master: this stand-in has no --roles", 1),
        (master, MASTER, {"MESOS_ROLES": "a"}, "this stand-in has no --roles", 1),
        (master, [*MASTER, "--quorum=two"], {}, "invalid int value: 'two'", 1),
        (master, [*MASTER, "--agent_ping_timeout=15"], {}, "'15' is not a number and one of", 1),
        (
            master,
            [word for word in MASTER if "work" not in word],
            {},
            "the following arguments are required: --work_dir",
            1,
        ),
        (master, [*MASTER, "--registry=in_memory"], {}, "invalid choice: 'in_memory'", 1),
        (agent, [*MASTER, "--containerizers=docker,mesos"], {}, "invalid choice: 'docker,mesos'", 1),
        (agent, [*MASTER, "--resources=cpus:many"], {}, "'cpus:many' is not a resource such as", 1),
        (marathon, MARATHON, {"MARATHON_TASK_LAUNCH_TIMEOUT": "1"}, "has no --task_launch_timeout", 1),
        (marathon, [*MARATHON, "--zk", "a:2181"], {}, "'a:2181' is not zk://HOST:PORT,HOST:PORT/PATH", 1),
        (registrator, ["-ttl=30", *REGISTRATOR], {}, "registrator: this stand-in has no -ttl", 2),
        (registrator, ["-internal", "etcd://a"], {}, "this stand-in has no registry etcd://a", 2),
        (scope, ["--mode=probe", "--weave=false", "--probe.token=a"], {}, "this stand-in has no --probe.token", 2),
    ],
)
def test_a_wrong_command_line_is_refused_with_the_exit_status_of_the_real_program(
    parser: Callable[[], Parser],
    words: list[str],
    environment: dict[str, str],
    error: str,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit:
        parser().read(words, environment)
    assert exit.value.code == status
    assert error in capsys.readouterr().err
