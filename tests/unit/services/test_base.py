"""What every node gets before its first service."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.steps.step import Step
from tests.unit.plans import files, plan, steps
from tests.unit.shell import below, program, run


def test_a_connection_to_a_node_that_lost_its_power_ends_within_seconds() -> None:
    lines = files(plan())["/etc/sysctl.d/90-apollo.conf"].content.splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["net.ipv4.tcp_retries2 = 5"]


def test_the_settings_of_the_kernel_take_effect_at_once(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "sysctl", f'echo "$*" >>{tmp_path}/calls')
    assert run(below(steps(plan())["base-sysctl"], tmp_path), tmp_path).returncode == 0
    assert (tmp_path / "calls").read_text() == "--quiet --load=/etc/sysctl.d/90-apollo.conf\n"


def packages_step(root: Path) -> Step:
    """The step with docker's settings below `root`."""
    step = steps(plan())["base-packages"]
    return replace(step, apply=step.apply.replace("/etc/docker", f"{root}/etc/docker"))


def provide(
    root: Path,
    *,
    dockerd: bool,
    packaged: tuple[str, ...] = ("dockerd", "docker"),
    running: bool = False,
    installed: tuple[str, ...] = (),
) -> None:
    """A node that has every command except, without `dockerd`, those that docker.io has; it records its calls.

    `packaged` are the commands in its package docker.io; of docker's packages, it has `installed`.
    """
    bin_folder = root / "bin"
    bin_folder.mkdir()
    (root / "calls").touch()
    record = f'echo "${{0##*/}} $*" >>{root}/calls'
    for command in ("ifup", "ethtool", "busybox", "dnsmasq", "iptables", "modprobe", "sysctl", "cloud-init"):
        program(bin_folder, command, ":")
    # The settings as they are when a package is installed: docker starts then.
    unpack = "".join(f"echo >{bin_folder}/{command}; chmod +x {bin_folder}/{command}; " for command in packaged)
    arrive = f'case "$*" in *" docker.io") {unpack};; esac'
    program(bin_folder, "apt-get", f"{record}; cp {root}/etc/docker/daemon.json {root}/seen; {arrive}; exit 0")
    program(bin_folder, "apt-mark", record)
    program(bin_folder, "dpkg-query", "".join(f"echo 'installed {name}'; " for name in installed) + "exit 1")
    program(bin_folder, "systemctl", f'[ "$1" != is-active ] || exit {0 if running else 3}\n{record}')
    if dockerd:
        program(bin_folder, "dockerd", ":")
        program(bin_folder, "docker", ":")


def calls(root: Path, name: str) -> list[str]:
    return [line for line in (root / "calls").read_text().splitlines() if line.startswith(name)]


def settings(root: Path) -> object:
    return json.loads((root / "etc/docker/daemon.json").read_text())


STORE = {"features": {"containerd-snapshotter": False}}


def test_dockers_image_store_is_set_before_docker_is_installed(tmp_path: Path) -> None:
    provide(tmp_path, dockerd=False)
    done = run(packages_step(tmp_path), tmp_path, environment={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    *_, last = calls(tmp_path, "apt-get")
    assert last.endswith(" docker.io")
    assert json.loads((tmp_path / "seen").read_text()) == STORE
    assert calls(tmp_path, "systemctl") == []


@pytest.mark.parametrize(
    ("packaged", "last"),
    [(("dockerd", "docker"), "docker.io"), (("dockerd",), "docker-cli")],
)
def test_dockers_command_is_installed_where_it_is_a_package_of_its_own(
    packaged: tuple[str, ...], last: str, tmp_path: Path
) -> None:
    provide(tmp_path, dockerd=False, packaged=packaged)
    done = run(packages_step(tmp_path), tmp_path, environment={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert calls(tmp_path, "apt-get")[-1].endswith(f" {last}")


@pytest.mark.parametrize(
    ("before", "after", "restarts"),
    [
        ({"insecure-registries": ["10.0.0.1:5000"]}, {"insecure-registries": ["10.0.0.1:5000"], **STORE}, 1),
        ({"features": {"buildkit": True}}, {"features": {"buildkit": True, "containerd-snapshotter": False}}, 1),
        ({"features": {"containerd-snapshotter": True}}, STORE, 1),
        ({"debug": True, **STORE}, {"debug": True, **STORE}, 0),
    ],
)
def test_docker_keeps_its_other_settings_and_restarts_only_for_a_change(
    before: object, after: object, restarts: int, tmp_path: Path
) -> None:
    provide(tmp_path, dockerd=True, running=True)
    (tmp_path / "etc/docker").mkdir(parents=True)
    (tmp_path / "etc/docker/daemon.json").write_text(json.dumps(before))
    assert run(packages_step(tmp_path), tmp_path).returncode == 0
    assert settings(tmp_path) == after
    assert calls(tmp_path, "systemctl") == ["systemctl restart docker"] * restarts
    assert calls(tmp_path, "apt-get") == []


def test_settings_that_docker_cannot_read_stay_and_end_the_step_with_a_remedy(tmp_path: Path) -> None:
    provide(tmp_path, dockerd=True, running=True)
    (tmp_path / "etc/docker").mkdir(parents=True)
    (tmp_path / "etc/docker/daemon.json").write_text("{debug}")
    done = run(packages_step(tmp_path), tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("for jq's reason above: correct it on the node")
    assert (tmp_path / "etc/docker/daemon.json").read_text() == "{debug}"
    assert calls(tmp_path, "systemctl") == []


@pytest.mark.parametrize(
    ("installed", "held"),
    [(("docker.io", "containerd"), ["apt-mark hold docker.io containerd"]), ((), [])],
)
def test_only_the_distributions_own_docker_is_held_at_its_version(
    installed: tuple[str, ...], held: list[str], tmp_path: Path
) -> None:
    provide(tmp_path, dockerd=True, installed=installed)
    assert run(packages_step(tmp_path), tmp_path).returncode == 0
    assert calls(tmp_path, "apt-mark") == held


LISTS = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)"
ARCHIVES = "E: Could not get lock /var/cache/apt/archives/lock. It is held by process 812 (apt-get)"


def with_busy_apt(root: Path, errors: dict[str, str], *, busy: int) -> tuple[int, str, list[str]]:
    """The step where dockerd is missing and each of apt's commands in `errors` fails `busy` times with its error."""
    provide(root, dockerd=False)
    program(root / "bin", "docker", ":")
    answers = "\n".join(f"{command}) error='{error}' ;;" for command, error in errors.items())
    apt = f"""\
for word; do
  case $word in update | install) command=$word ;; esac
done
echo "$command" >>{root}/calls
error=
case $command in
{answers}
esac
[ -z "$error" ] || [ "$(grep -c "$command" {root}/calls)" -gt {busy} ] || {{ echo "$error" >&2; exit 100; }}"""
    program(root / "bin", "apt-get", apt)
    program(root / "bin", "sleep", "")
    done = run(packages_step(root), root, environment={"PATH": f"{root}/bin:/usr/bin:/bin"})
    return done.returncode, done.stderr, (root / "calls").read_text().split()


@pytest.mark.parametrize(("command", "error"), [("update", LISTS), ("install", ARCHIVES)])
def test_a_lock_that_the_daily_update_holds_is_waited_for(command: str, error: str, tmp_path: Path) -> None:
    status, stderr, calls = with_busy_apt(tmp_path, {command: error}, busy=2)
    assert status == 0, stderr
    assert calls.count(command) == 3


@pytest.mark.parametrize("command", ["update", "install"])
def test_another_error_of_apt_ends_the_step_at_once_and_is_shown(command: str, tmp_path: Path) -> None:
    status, stderr, calls = with_busy_apt(tmp_path, {command: "E: Unable to locate package"}, busy=2)
    assert status != 0
    assert calls.count(command) == 1
    assert "E: Unable to locate package" in stderr
    assert "slave-1 base-packages: apt-get could not" in stderr
