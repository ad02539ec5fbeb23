"""The weave command: the bridge that it makes, and how it runs the router."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.plans import files, plan, steps
from tests.unit.shell import below, program, relocated, run

RECORD = 'echo "${0##*/} $*" >>"$ROOT/calls"'
ROUTER = """\
printf '%s\\n' "$@" >"$ROOT/arguments"
env >"$ROOT/environment"
pwd >"$ROOT/folder"
ls -A >"$ROOT/found"
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A folder in place of a node: its interfaces are in a file, and its programs write down their calls."""

    root: Path

    def make(self, *, fastdp: bool, interfaces: tuple[str, ...] = ()) -> None:
        (self.root / "interfaces").write_text("".join(f"{name}\n" for name in interfaces))
        if fastdp:
            (self.root / "sys/module/openvswitch").mkdir(parents=True)
        (self.root / "bin").mkdir()
        for name in ("modprobe", "weaveutil", "ethtool", "curl"):
            program(self.root / "bin", name, RECORD)
        shown = 'if [ "$2" = show ]; then grep -qx "$4" "$ROOT/interfaces"; exit; fi\n'
        deleted = 'if [ "$2" = delete ]; then sed -i "/^$4\\$/d" "$ROOT/interfaces"; fi\n'
        program(self.root / "bin", "ip", shown + deleted + RECORD)
        program(self.root / "bin", "hostname", "echo slave-1")
        program(self.root / "bin", "weaver", ROUTER)

    def weave(self, *arguments: str, environment: Mapping[str, str] | None = None, **config: object) -> list[str]:
        """The calls of `weave` with these arguments, on a node of a stack with this config."""
        script = relocated(files(plan(**config))["/usr/local/bin/weave"].content, self.root)
        path = f"{self.root}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", script, "weave", *arguments],
            env={"PATH": path, "ROOT": str(self.root), **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        calls = self.root / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def recorded(self, name: str) -> list[str]:
        return (self.root / name).read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(root=tmp_path)


MADE = "ip link add name weave address 02:0a:02:00:00:0a type bridge"
DATAPATH = "weaveutil create-datapath datapath"
UP = ["ip link set dev weave mtu 1400", "ip link set dev weave up"]


@pytest.mark.parametrize(
    ("fastdp", "interfaces", "calls"),
    [
        (False, (), [MADE, *UP]),
        (False, ("weave",), UP),
        (True, (), [MADE, DATAPATH, *UP]),
        (True, ("weave", "datapath"), UP),
    ],
)
def test_a_new_or_existing_bridge_gets_the_mtu_of_the_stack(
    fastdp: bool, interfaces: tuple[str, ...], calls: list[str], machine: Machine
) -> None:
    machine.make(fastdp=fastdp, interfaces=interfaces)
    found = machine.weave("create-bridge", weaveMtu=1400)
    assert [call for call in found if not call.startswith("modprobe")] == calls


@pytest.mark.parametrize(
    ("fastdp", "environment", "words"),
    [
        (False, {"WEAVE_MTU": "1400"}, ["1400", "--no-fastdp", "--no-dns"]),
        (False, {}, ["8916", "--no-fastdp", "--no-dns"]),
        (True, {"WEAVE_MTU": "1400"}, ["1400", "--datapath", "datapath", "--no-dns"]),
        (
            True,
            {"WEAVE_DNS": "127.0.0.1:6753"},
            [
                *("8916", "--datapath", "datapath", "--dns-listen-address", "127.0.0.1:6753"),
                *("--dns-domain", "weave.local.", "--resolv-conf", "/dev/null"),
            ],
        ),
    ],
)
def test_the_router_is_started_with_these_arguments(
    fastdp: bool, environment: dict[str, str], words: list[str], machine: Machine
) -> None:
    machine.make(fastdp=fastdp, interfaces=("weave",))
    machine.weave("launch", "10.0.0.4", "10.0.32.5", environment=environment)
    mtu, *rest = words
    assert machine.recorded("arguments") == [
        *("--weave-bridge", "weave", "--mtu", mtu, "--port", "6783", "--nickname", "slave-1"),
        *("--conn-limit", "300", "--docker-api", "", "--ipalloc-range", ""),
        *("--http-addr", "127.0.0.1:6784", "--status-addr", "127.0.0.1:6782"),
        *("--db-prefix", f"{machine.root}/run/weave/weave"),
        *rest,
        *("10.0.0.4", "10.0.32.5"),
    ]


@pytest.mark.parametrize(
    ("fast_datapath", "interfaces", "calls", "flag"),
    [
        ("off", ("weave",), [], "--no-fastdp"),
        (
            "off",
            ("weave", "datapath", "vethwe-datapath"),
            ["weaveutil delete-datapath datapath", "ip link delete dev vethwe-datapath"],
            "--no-fastdp",
        ),
        (
            "auto",
            ("weave", "datapath", "vethwe-datapath"),
            ["ip link set dev vethwe-datapath mtu 8916"],
            "--datapath",
        ),
        ("auto", ("weave", "datapath", "vethwe-pcap"), ["ip link delete dev vethwe-pcap"], "--datapath"),
    ],
)
def test_the_router_starts_with_the_data_path_of_the_config_and_without_what_the_other_left(
    fast_datapath: str, interfaces: tuple[str, ...], calls: list[str], flag: str, machine: Machine
) -> None:
    machine.make(fastdp=True, interfaces=interfaces)
    assert machine.weave("launch", weaveFastDatapath=fast_datapath) == calls
    arguments = machine.recorded("arguments")
    assert {flag} == {"--no-fastdp", "--datapath"} & set(arguments)


def test_a_bridge_without_the_fast_datapath_needs_no_module_and_no_datapath(machine: Machine) -> None:
    machine.make(fastdp=True)
    assert machine.weave("create-bridge", weaveMtu=1400, weaveFastDatapath="off") == [MADE, *UP]


def test_a_bridge_goes_with_the_datapath_that_an_earlier_config_made(machine: Machine) -> None:
    machine.make(fastdp=True, interfaces=("weave", "datapath"))
    assert machine.weave("delete-bridge", weaveFastDatapath="off") == [
        "weaveutil delete-datapath datapath",
        "ip link delete dev weave type bridge",
    ]


@pytest.mark.parametrize("system", ["debian-12", "ubuntu-14.04"])
def test_another_data_path_restarts_the_router(system: str) -> None:
    auto, off = (
        steps(plan(os=system, weaveFastDatapath=value))["weave-router"].files[0].content for value in ("auto", "off")
    )
    assert "WEAVE_FASTDP" not in auto
    assert "WEAVE_FASTDP=off" in off


@pytest.mark.parametrize("password", ["a password of tests", ""])
def test_the_router_reads_its_password_from_its_environment_and_does_not_look_for_updates(
    password: str, machine: Machine
) -> None:
    machine.make(fastdp=False, interfaces=("weave",))
    if password:
        (machine.root / "etc/weave").mkdir(parents=True)
        (machine.root / "etc/weave/password").write_text(f"{password}\n")
    machine.weave("launch")
    environment = dict(line.split("=", 1) for line in machine.recorded("environment"))
    assert environment.get("WEAVE_PASSWORD", "") == password
    assert environment["CHECKPOINT_DISABLE"] == "1"
    assert password not in machine.recorded("arguments") or not password


def test_the_router_forgets_the_peers_of_its_last_run(machine: Machine) -> None:
    machine.make(fastdp=False, interfaces=("weave",))
    (machine.root / "run/weave").mkdir(parents=True)
    (machine.root / "run/weave/weavedata.db").touch()
    machine.weave("launch")
    assert machine.recorded("folder") == [f"{machine.root}/run/weave"]
    assert machine.recorded("found") == []


@pytest.mark.parametrize(
    ("fastdp", "interfaces", "cured"),
    [
        (False, ("weave", "vethwe-bridge"), ["ethtool -K vethwe-bridge tx off"]),
        (True, ("weave", "vethwe-bridge"), []),
        (False, ("weave",), []),
    ],
)
def test_without_the_fast_datapath_the_kernel_fills_in_the_checksums(
    fastdp: bool, interfaces: tuple[str, ...], cured: list[str], machine: Machine
) -> None:
    machine.make(fastdp=fastdp, interfaces=interfaces)
    calls = machine.weave("ready")
    assert [call for call in calls if call.startswith("ethtool")] == cured


@pytest.mark.parametrize(
    ("system", "path", "line"),
    [
        ("debian-12", "/etc/systemd/system/weave.service", "Environment=PEERS= WEAVE_MTU=1400"),
        ("ubuntu-14.04", "/etc/init/weave.conf", "env WEAVE_MTU=1400"),
    ],
)
def test_the_init_system_gives_the_router_the_mtu_of_the_stack(system: str, path: str, line: str) -> None:
    job = files(plan(os=system, weaveMtu=1400))[path].content.splitlines()
    assert line in job
    assert system != "ubuntu-14.04" or "export WEAVE_MTU" in job


@pytest.mark.parametrize(
    ("node", "peers"),
    [("slave-1", "10.0.0.4 10.0.32.5 10.0.64.6"), ("master-1", "10.0.32.5 10.0.64.6 10.0.0.13 10.0.32.14")],
)
def test_a_running_router_dials_its_current_peers_and_no_others(node: str, peers: str, machine: Machine) -> None:
    machine.make(fastdp=False)
    program(machine.root / "bin", "weave", RECORD)
    step = steps(plan(), node)["weave-peers"]
    done = run(below(step, machine.root), machine.root, environment={"ROOT": str(machine.root)})
    assert done.returncode == 0, done.stderr
    assert machine.recorded("calls") == [f"weave connect --replace {peers}"]
