"""A stack whose config file is broken, on the real CLI: what needs only the state works."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.workspace import ProjectCopy
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.login import LoginFiles
from ops.remote.stack import Stack
from ops.ssh import command_line
from sandbox.home import STACK_CONFIG
from tests.unit.ops.fake_cluster import outputs

ROOT = {
    "urn": "urn:pulumi:sandbox::apollo::pulumi:pulumi:Stack::apollo-sandbox",
    "type": "pulumi:pulumi:Stack",
    "custom": False,
    "outputs": {"nodes": outputs(masters=0, slaves=1)},
}
MANIFEST = {"time": "2031-05-07T10:00:00Z", "magic": "", "version": ""}
STATE = {"version": 3, "deployment": {"manifest": MANIFEST, "resources": [ROOT]}}

Break = Callable[[str], str]


def wrong_value(config: str) -> str:
    broken = re.sub("apollo:slaveCount: .*", "apollo:slaveCount: many\n  apollo:slaveCuont: 3", config)
    assert broken != config
    return broken


def wrong_yaml(config: str) -> str:
    return config.replace("config:\n", "config: [1\n  }{\n")


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    """A copy of the project whose stack's state has a node, and whose config has the private key."""
    project = ProjectCopy.create(tmp_path_factory.mktemp("broken"))
    project.pulumi("stack", "init")
    project.run("./pulumiw", "config", "set", "--secret", "sshPrivateKey", "-s", "sandbox", stdin="the key")
    project.run("./pulumiw", "stack", "import", "-s", "sandbox", stdin=json.dumps(STATE))
    return project


@pytest.fixture(params=[wrong_value, wrong_yaml])
def broken(launched: ProjectCopy, request: pytest.FixtureRequest) -> Iterator[Stack]:
    config = launched.folder / STACK_CONFIG
    text = config.read_text()
    config.write_text(request.param(text))
    yield launched.stack
    config.write_text(text)
    LoginFiles(launched.stack).remove()


def has_key(stack: Stack) -> Path:
    key = LoginFiles(stack).key
    key.parent.mkdir(exist_ok=True)
    key.write_text("the key\n")
    return key


def test_make_ssh_needs_the_state_and_the_key_file_only(broken: Stack) -> None:
    has_key(broken)
    assert command_line(broken, "slave-1")[-1] == "admin@127.0.0.1"
    assert LoginFiles(broken).known_hosts.read_text() == "slave-1 ssh-ed25519 slave-1\n"


def test_make_status_and_make_tunnel_need_the_state_and_the_key_file_only(broken: Stack) -> None:
    has_key(broken)
    with closing(NodeConnections.of(broken)) as connections:
        nodes = connections.nodes
    assert {name: (node.host, node.user) for name, node in nodes.items()} == {"slave-1": ("127.0.0.1", "admin")}


def test_without_the_key_file_it_is_read_from_config_or_the_error_says_why_not(
    broken: Stack, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["broken"] is wrong_value:
        assert LoginFiles(broken).write() == "the key\n"
    else:
        expected = r"^the private key .* can't be read from Pulumi\.sandbox\.yaml:\nerror: .*YAML"
        with pytest.raises(OperatorError, match=expected):
            LoginFiles(broken).write()
