"""The bastion's files: what cloud-init gets, and the wait for a node's sshd."""

import subprocess
from pathlib import Path

import pytest
import yaml

from infra.plan.host_keys import host_key
from infra.steps.templates import render
from tests.unit.plans import node, plan
from tests.unit.shell import program, shellcheck

OWN = "ecdsa-sha2-nistp256 AAAAown"


def script(seconds: int = 60, looks: int = 3) -> str:
    machine = node(plan(topology="private"), "slave-1")
    values = {"node": machine, "host_key": OWN, "instance_type": "t3.medium", "seconds": seconds, "looks": looks}
    return render("bastion/reachable.sh", **values)


def shown(folder: Path, *keys: str, seconds: int = 60) -> "subprocess.CompletedProcess[str]":
    """Run the wait where the node shows these keys, one on each look, and the last one from then on."""
    (folder / "keys").write_text("".join(f"{key}\n" for key in keys))
    program(folder, "sleep", ":")
    program(
        folder,
        "ssh-keyscan",
        f'cd {folder}; echo look >>looks; key=$(sed -n "$(wc -l <looks)p" keys); [ -n "$key" ] || '
        'key=$(tail -n 1 keys); [ "$key" = closed ] || echo "${@: -1} $key"',
    )
    environ = {"PATH": f"{folder}:/usr/bin:/bin"}
    command = ["sh", "-c", script(seconds)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)


def looks(folder: Path) -> int:
    return len((folder / "looks").read_text().splitlines())


def test_the_wait_is_correct_shell(tmp_path: Path) -> None:
    shellcheck(script(), "sh", tmp_path)


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ([OWN], 3),
        (["closed", "closed", OWN], 5),
        ([OWN, OWN, "closed", OWN], 6),
        (["ecdsa-sha2-nistp256 AAAAother", OWN], 4),
    ],
)
def test_a_node_is_reachable_when_it_shows_its_own_host_key_three_times_in_a_row(
    tmp_path: Path, keys: list[str], number: int
) -> None:
    done = shown(tmp_path, *keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert looks(tmp_path) == number


@pytest.mark.parametrize(
    ("key", "found"), [("closed", "nothing"), ("ecdsa-sha2-nistp256 AAAAother", "ecdsa-sha2-nistp256 AAAAother")]
)
def test_a_node_that_never_shows_its_host_key_is_named_with_what_was_there(
    tmp_path: Path, key: str, found: str
) -> None:
    done = shown(tmp_path, key, seconds=0)
    assert done.returncode == 1
    assert done.stderr.startswith("slave-1: 10.0.0.13 did not show its host key to the bastion within 0 s; ")
    assert f"the last look found {found}: " in done.stderr


def test_the_bastion_passes_on_connections_to_ssh_and_nothing_else() -> None:
    settings = plan(topology="private").settings
    key = host_key("bastion", settings)
    found = yaml.safe_load(render("bastion/user-data.yaml", host_key=key))
    assert found["hostname"] == "bastion"
    assert found["ssh_keys"]["ecdsa_public"] == key.public
    assert found["ssh_keys"]["ecdsa_private"] == key.private
    (file,) = found["write_files"]
    lines = [line for line in file["content"].splitlines() if not line.startswith("#")]
    options = dict(line.split(" ", 1) for line in lines)
    assert options["AllowTcpForwarding"] == "local"
    assert options["PermitOpen"] == "*:22"
    for name in (
        "AllowAgentForwarding",
        "AllowStreamLocalForwarding",
        "GatewayPorts",
        "PermitTunnel",
        "X11Forwarding",
    ):
        assert options[name] == "no"
