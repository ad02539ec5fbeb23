"""The one template of a container under the init system, with values that a shell or systemd would misread."""

import shlex
import subprocess
from pathlib import Path

import pytest

from infra.config.operating_systems import Init
from infra.steps import container
from infra.steps.container import Container
from infra.steps.step import File
from tests.unit.shell import only_check, program, run, slave_1

AWKWARD = ["plain", "two words", 'a "quote"', "100%", "$HOME", "back\\slash", "it's", "a;b|c&d", "-flag=x y"]
SIMPLE = Container(
    name="try",
    description="A try",
    image="registry.example.com/try:1",
    memory_mb=64,
    command=AWKWARD,
    data="/data",
    volumes=("/etc/try:/etc/try:ro",),
    environment={"GREETING": "good morning"},
    environment_file="/etc/try/environment",
    entrypoint="tryd",
    options=("--privileged",),
    after=("consul",),
    stop_seconds=7,
)
WORDS = [
    *("docker", "run", "--rm", "--name", "try", "--network", "host", "--memory", "64m"),
    *("--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=3"),
    *("--volume", "/var/lib/try:/data", "--volume", "/etc/try:/etc/try:ro"),
    *("--env", "SERVICE_IGNORE=true", "--env", "GREETING=good morning", "--env-file", "/etc/try/environment"),
    *("--entrypoint", "tryd", "--privileged", "registry.example.com/try:1"),
    *AWKWARD,
]


def joined(unit: File) -> str:
    return unit.content.replace("\\\n", " ")


def test_an_upstart_job_runs_these_words() -> None:
    job = SIMPLE.unit("upstart")
    assert job.path == "/etc/init/try.conf"
    line = next(line for line in joined(job).splitlines() if line.startswith("exec "))
    assert shlex.split(line)[1:] == WORDS


def test_a_systemd_unit_runs_these_words() -> None:
    unit = SIMPLE.unit("systemd")
    assert unit.path == "/etc/systemd/system/try.service"
    line = next(line for line in joined(unit).splitlines() if line.startswith("ExecStart="))
    # systemd would expand a single one of these
    assert not set("%$") & set(line.replace("%%", "").replace("$$", ""))
    words = shlex.split(line.removeprefix("ExecStart=/usr/bin/").replace("%%", "%").replace("$$", "$"))
    assert words == WORDS


def test_systemd_itself_accepts_the_unit(tmp_path: Path) -> None:
    found = tmp_path / "try.service"
    found.write_text(SIMPLE.unit("systemd").content.replace("/usr/bin/docker", "/bin/true"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(found)], capture_output=True, text=True, check=False
    )
    assert not [line for line in said.stderr.splitlines() if "try.service" in line]


@pytest.mark.parametrize(
    "line",
    [
        "After=docker.service weave.service network-online.target consul.service",
        "ExecStartPre=-/usr/bin/docker rm --force try",
        "ExecStop=-/usr/bin/docker stop -t 7 try",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "WantedBy=multi-user.target",
    ],
)
def test_a_unit_starts_after_its_network_and_is_always_restarted(line: str) -> None:
    assert line in SIMPLE.unit("systemd").content.splitlines()


@pytest.mark.parametrize("init", ["systemd", "upstart"])
def test_a_step_pulls_before_it_changes_anything_and_restarts_its_own_service_alone(init: Init) -> None:
    step = container.step(SIMPLE, init, health="true", prepare="check-the-files")
    script = step.script(slave_1(), init)
    words = ("docker pull", f"put {step.files[0].path}", "install -d", "check-the-files", "restart_unit try\n")
    order = [script.index(word) for word in words]
    assert order == sorted(order)
    assert step.apply.count("restart") == 1
    assert "could not be pulled on this node" in step.fetch
    assert step.after == ("weave-peers",)


def check(health: str, root: Path) -> subprocess.CompletedProcess[str]:
    """What the container's step waits for, run where docker has one line of its log."""
    (root / "bin").mkdir()
    program(root / "bin", "docker", "echo its last line")
    return run(only_check(container.step(SIMPLE, "systemd", health=health, seconds=0)), root)


def test_a_check_waits_up_to_its_bound_and_names_the_unhealthy_service(tmp_path: Path) -> None:
    done = check("echo 'try is down'", tmp_path)
    assert done.returncode == 1
    assert done.stderr == "its last line\nslave-1 try: try is not healthy after 0 s: try is down\n"


@pytest.mark.parametrize(("health", "status"), [("true", 0), ("false", 1), ("nonsense-command", 1), ("echo no", 1)])
def test_only_a_silent_success_is_health(health: str, status: int, tmp_path: Path) -> None:
    assert check(health, tmp_path).returncode == status
