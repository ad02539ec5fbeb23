"""The text that nodes get: correct shell, correct units, whatever the operating system."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.config.operating_systems import OPERATING_SYSTEMS
from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.services import registry as services
from infra.steps.step import File, Step
from tests.unit.program import config

SYSTEMS = list(OPERATING_SYSTEMS)


def plan(**changes: object) -> Plan:
    if changes.get("os") == "ubuntu-14.04":
        changes["ami"] = "ami-0123456789abcdef0"
    return Plan.of(Settings.parse(config(**changes)))


def variants() -> Iterator[tuple[Node, Plan]]:
    """A master and a slave on each system, the smallest cluster, one without services, and a router from a URL."""
    for system in SYSTEMS:
        whole = plan(os=system)
        yield whole.masters[0], whole
        yield whole.slaves[0], whole
    smallest = plan(masterCount=1, slaveCount=0)
    yield smallest.masters[0], smallest
    for system in ("debian-12", "ubuntu-14.04"):
        bare = plan(os=system, services=[])
        yield bare.masters[0], bare
        yield bare.slaves[0], bare
    fetched = plan(weaverUrl="https://mirror.example.com/weaver.tar.gz", weaverSha256="a" * 64)
    yield fetched.slaves[0], fetched


def inner(script: str) -> str:
    """What the step runs as root, without the frame that hands it over."""
    return script.split("exec 3<<'APOLLO_STEP'\n", 1)[1].rsplit("APOLLO_STEP\n", 1)[0]


def shellcheck(text: str, shell: str, folder: Path) -> None:
    checked = folder / "script"
    checked.write_text(text)
    tool = shutil.which("shellcheck") or "shellcheck"
    # SC1091: files of the node; SC2329: functions called by a name that is put together
    result = subprocess.run(
        [tool, "--shell", shell, "--severity", "style", "--exclude", "SC1091,SC2329", str(checked)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    parsed = subprocess.run(["bash", "-n", str(checked)], capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr


def test_every_step_of_every_system_is_correct_shell(tmp_path: Path) -> None:
    seen: set[str] = set()
    for node, whole in variants():
        for step in services.steps(node, whole, services.chosen(whole.settings)):
            script = step.script(node)
            if script not in seen:
                seen.add(script)
                shellcheck(script, "sh", tmp_path)
                shellcheck(inner(script), "bash", tmp_path)


def files(system: str) -> dict[str, File]:
    whole = plan(os=system)
    steps = services.steps(whole.slaves[0], whole, services.chosen(whole.settings))
    return {file.path: file for step in steps for file in step.files}


def test_the_weave_command_is_correct_shell(tmp_path: Path) -> None:
    shellcheck(files("debian-12")["/usr/local/bin/weave"].content, "sh", tmp_path)


@pytest.mark.parametrize("system", [name for name, found in OPERATING_SYSTEMS.items() if found.init == "systemd"])
def test_every_unit_is_one_that_systemd_accepts(system: str, tmp_path: Path) -> None:
    units = [file for path, file in files(system).items() if path.endswith(".service")]
    assert units
    for unit in units:
        found = tmp_path / Path(unit.path).name
        # The verifier looks for the commands on this machine, where they need not be.
        command = r"/usr/local/bin/(weave-names|weave|consul-template)|/usr/bin/docker|/usr/sbin/dnsmasq"
        found.write_text(re.sub(command, "/bin/true", unit.content))
        result = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(found)], capture_output=True, text=True, check=False
        )
        complaints = [line for line in result.stderr.splitlines() if found.name in line]
        assert not complaints


def test_upstart_gets_a_job_and_systemd_a_unit() -> None:
    assert "/etc/init/weave.conf" in files("ubuntu-14.04")
    assert "/etc/systemd/system/weave.service" not in files("ubuntu-14.04")
    assert "/etc/systemd/system/weave.service" in files("ubuntu-24.04")
    assert "/etc/init/weave.conf" not in files("ubuntu-24.04")


FILES = {
    "/etc/network/interfaces.d/weave.cfg": """\
auto weave
iface weave inet manual
  pre-up /usr/local/bin/weave create-bridge
  post-up ip addr replace dev weave 10.2.0.10/16
  pre-down ip link set dev weave down
  post-down /usr/local/bin/weave delete-bridge
""",
    "/etc/default/docker": 'DOCKER_OPTS="--bridge=weave --fixed-cidr=10.2.10.0/24 --mtu=8916 --ip=10.0.0.13'
    ' --dns=10.2.0.10 --dns-search=service.consul"\n',
    "/etc/default/weave": """\
# The routers that this one dials when it starts.
PEERS="10.0.0.4 10.0.32.5 10.0.64.6"
""",
}


@pytest.mark.parametrize("path", FILES)
def test_the_files_of_the_article_are_there_with_the_nodes_own_addresses(path: str) -> None:
    assert files("ubuntu-14.04")[path].content == FILES[path]


def test_docker_is_told_to_take_the_old_client_of_mesos() -> None:
    drop_in = files("ubuntu-24.04")["/etc/systemd/system/docker.service.d/weave.conf"].content
    assert "\nEnvironment=DOCKER_MIN_API_VERSION=1.24\n" in drop_in


def run(step: Step, root: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The step as its node would run it, in a folder of this machine instead of at its root."""
    node = plan().slaves[0]
    script = (
        step.script(node).replace("/var/lib/apollo", str(root / "var")).replace("exec sudo timeout", "exec timeout")
    )
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, input=stdin, check=False)


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mode) for path in root.rglob("*") if path.is_file()}


def step(root: Path, content: str, apply: str = "") -> Step:
    file = File(path=str(root / "etc/file"), content=content, mode="0640")
    secret = File(path=str(root / "etc/secret"), content="", mode="0600")
    return Step(name="try", files=(file,), secret=secret, apply=apply or f"echo applied >>{root}/log")


def test_a_step_applied_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    first = run(step(tmp_path, "it's $(not run)\n"), tmp_path, "secret\n")
    assert first.returncode == 0, first.stderr
    after_first = tree(tmp_path)
    assert (tmp_path / "etc/file").read_text() == "it's $(not run)\n"
    assert (tmp_path / "etc/secret").read_text() == "secret\n"
    assert (tmp_path / "etc/secret").stat().st_mode & 0o777 == 0o600
    run(step(tmp_path, "it's $(not run)\n"), tmp_path, "secret\n")
    assert tree(tmp_path) == after_first


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "etc/file").write_text("by hand"),
        lambda root: (root / "etc/file").chmod(0o644),
        lambda root: (root / "etc/secret").write_text("by hand"),
    ],
    ids=["content", "mode", "secret"],
)
def test_a_file_changed_on_the_node_is_put_right_and_takes_effect(change: object, tmp_path: Path) -> None:
    run(step(tmp_path, "right"), tmp_path, "secret\n")
    change(tmp_path)  # type: ignore[operator]
    run(step(tmp_path, "right"), tmp_path, "secret\n")
    assert (tmp_path / "etc/file").read_text() == "right\n"
    assert (tmp_path / "etc/secret").read_text() == "secret\n"
    assert (tmp_path / "log").read_text() == "applied\n" * 2


def test_a_step_that_failed_half_way_is_finished_by_the_next_run(tmp_path: Path) -> None:
    breaks = f"test -e {tmp_path}/mended || fail 'there is no {tmp_path}/mended: make it'\necho done >>{tmp_path}/log"
    failed = run(step(tmp_path, "new", breaks), tmp_path)
    assert failed.returncode == 1
    assert failed.stderr == f"slave-1 try: there is no {tmp_path}/mended: make it\n"
    (tmp_path / "mended").touch()
    assert run(step(tmp_path, "new", breaks), tmp_path).returncode == 0
    assert (tmp_path / "log").read_text() == "done\n"
