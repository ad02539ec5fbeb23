"""The gate of a node: the masters that its router and its containers have to reach, and its services' health."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.services import gate
from tests.unit.plans import plan
from tests.unit.shell import only_check, program, run

GOOD = {
    "10.0.0.4": "established encrypted   fastdp 02:0a:02:00:00:01(master-1) mtu=8916",
    "10.0.32.5": "established encrypted   sleeve 02:0a:02:00:00:02(master-2) mtu=8916",
    "10.0.64.6": "established encrypted   fastdp 02:0a:02:00:00:03(master-3) mtu=8916",
}
OTHER = "<- 10.0.32.14:6783       established encrypted   fastdp 02:0a:02:00:00:0b(slave-2) mtu=8916\n"
STATUS = "        Version: 2.9.0\n     Encryption: enabled\n"


def through(
    root: Path,
    *,
    connections: dict[str, str],
    closed: tuple[str, ...] = (),
    docker: str = "",
    encryption: str = "required",
) -> tuple[int, str]:
    """How the gate of slave-1 ends where its router has these connections, and these addresses refuse containers."""
    whole = plan(weaveEncryption=encryption)
    (root / "bin").mkdir()
    listed = "".join(f"-> {address}:6783       {state}\n" for address, state in connections.items())
    (root / "connections").write_text(listed + OTHER)
    (root / "status").write_text(STATUS)
    program(
        root / "bin",
        "weave",
        f'case $* in "status connections") cat {root}/connections ;; *) cat {root}/status ;; esac',
    )
    # The container's words after `docker run --rm IMAGE`, run here, where nc knows which addresses answer.
    program(root / "bin", "docker", docker or 'shift 3\nexec "$@"')
    program(root / "bin", "nc", f'case " {" ".join(closed)} " in *" $3 "*) exit 1 ;; esac')
    health = program(root, "health", ":")
    step = gate.step(whole.slaves[0], whole, {}, seconds=0)
    done = run(only_check(replace(step, check=step.check.replace(gate.HEALTH, str(health)))), root)
    return done.returncode, done.stderr


def test_a_node_passes_that_reaches_every_master_encrypted(tmp_path: Path) -> None:
    assert through(tmp_path, connections=GOOD) == (0, "")


def master(name: str, address: str) -> str:
    return f"no encrypted connection to {name} ({address}:6783): is its router up, with the same weavePassword?"


UNENCRYPTED = "established unencrypted fastdp 02:0a:02:00:00:01(master-1) mtu=8916"
PENDING = "pending     encrypted   fastdp 02:0a:02:00:00:03(master-3) mtu=8916"
FAILED = "failed      dial tcp 10.0.64.6:6783: connect: no route to host"
MISSING = ""


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"10.0.0.4": UNENCRYPTED}, [master("master-1", "10.0.0.4")]),
        ({"10.0.32.5": MISSING}, [master("master-2", "10.0.32.5")]),
        ({"10.0.64.6": PENDING}, [master("master-3", "10.0.64.6")]),
        ({"10.0.64.6": FAILED}, [master("master-3", "10.0.64.6")]),
        (
            {"10.0.0.4": UNENCRYPTED, "10.0.64.6": MISSING},
            [master("master-1", "10.0.0.4"), master("master-3", "10.0.64.6")],
        ),
    ],
    ids=["unencrypted", "missing", "pending", "failed", "two"],
)
def test_each_master_without_an_encrypted_connection_is_named(
    changes: dict[str, str], named: list[str], tmp_path: Path
) -> None:
    connections = {address: state for address, state in (GOOD | changes).items() if state}
    status, errors = through(tmp_path, connections=connections)
    assert (status, errors.splitlines()) == (1, [f"slave-1 gate: after 0 s {named[0]}", *named[1:]])


def test_a_stack_that_only_prefers_encryption_passes_with_an_unencrypted_connection(tmp_path: Path) -> None:
    connections = GOOD | {"10.0.0.4": UNENCRYPTED}
    assert through(tmp_path, connections=connections, encryption="preferred") == (0, "")


def test_a_stack_that_only_prefers_encryption_names_a_master_without_a_connection(tmp_path: Path) -> None:
    status, errors = through(tmp_path, connections=GOOD | {"10.0.64.6": PENDING}, encryption="preferred")
    assert status == 1
    assert errors.startswith("slave-1 gate: after 0 s no connection to master-3 (10.0.64.6:6783): ")


def test_a_router_that_does_not_answer_is_the_problem_itself(tmp_path: Path) -> None:
    whole = plan()
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "weave", "echo 'connection refused'; exit 1")
    done = run(only_check(gate.step(whole.slaves[0], whole, {}, seconds=0)), tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "slave-1 gate: after 0 s the router does not answer: connection refused\n",
    )


@pytest.mark.parametrize(
    ("closed", "names"),
    [
        (("10.2.0.1",), ["master-1"]),
        (("10.2.0.3",), ["master-3"]),
        (("10.2.0.1", "10.2.0.2", "10.2.0.3"), ["master-1", "master-2", "master-3"]),
    ],
)
def test_each_master_that_the_containers_do_not_reach_is_named(
    closed: tuple[str, ...], names: list[str], tmp_path: Path
) -> None:
    status, errors = through(tmp_path, connections=GOOD, closed=closed)
    lines = [
        f"a container on this node cannot reach {name} ({address}) by TCP on the weave network"
        for name, address in zip(names, closed, strict=True)
    ]
    assert (status, errors.splitlines()) == (1, [f"slave-1 gate: after 0 s {lines[0]}", *lines[1:]])


def test_a_docker_that_starts_no_container_is_the_problem_itself(tmp_path: Path) -> None:
    status, errors = through(tmp_path, connections=GOOD, docker="echo 'no such image'; exit 125")
    assert (status, errors) == (1, "slave-1 gate: after 0 s this node cannot start a container: no such image\n")
