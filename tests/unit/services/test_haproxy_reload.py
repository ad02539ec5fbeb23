"""How another configuration of HAProxy takes effect, or why it does not."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from infra.services import haproxy
from infra.steps import container
from tests.unit.plans import files, plan
from tests.unit.shell import only_check, run, shellcheck


def test_the_reload_is_correct_shell(tmp_path: Path) -> None:
    shellcheck(files(plan())["/usr/local/bin/haproxy-reload"].content, "sh", tmp_path)


def reload(tmp_path: Path, on_exec: str) -> tuple["subprocess.CompletedProcess[str]", Path, str]:
    """Run haproxy-reload with a docker whose `exec` does this: the run, HAProxy's folder, and docker's calls."""
    folder, calls = tmp_path / "etc", tmp_path / "calls"
    folder.mkdir()
    (folder / "haproxy.cfg").write_text("the last good one")
    (folder / "candidate.cfg").write_text("the new one")
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\necho "$*" >>{calls}\n'
        f"case $1 in inspect) [ -e {tmp_path}/gone ] || echo true ;; exec) {on_exec} ;; esac\n"
    )
    docker.chmod(0o755)
    script = files(plan())["/usr/local/bin/haproxy-reload"].content
    run = subprocess.run(
        ["sh", "-c", script.replace("FOLDER=/etc/haproxy", f"FOLDER={folder}")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run, folder, calls.read_text()


@pytest.mark.parametrize("accepted", [True, False])
def test_a_configuration_takes_effect_only_when_haproxy_accepts_it(accepted: bool, tmp_path: Path) -> None:
    run, folder, calls = reload(tmp_path, f"echo reason; exit {0 if accepted else 1}")
    assert run.returncode == 0, run.stderr
    assert (folder / "haproxy.cfg").read_text() == ("the new one" if accepted else "the last good one")
    assert ("kill --signal USR2 haproxy" in calls) == accepted
    assert (folder / "refused").exists() != accepted
    assert (folder / "rendered").exists() == accepted


def test_a_haproxy_that_stops_during_the_check_has_refused_nothing(tmp_path: Path) -> None:
    run, folder, _ = reload(tmp_path, f"touch {tmp_path}/gone; echo 'container is not running'; exit 1")
    assert run.returncode == 1  # consul-template ends by it, starts anew, and asks again
    assert not (folder / "refused").exists()
    assert not (folder / "rendered").exists()


@pytest.mark.parametrize(
    ("present", "answer"),
    [
        (["rendered"], (0, "")),
        (["refused", "rendered"], (1, "[ALERT] (9) : timer overflow")),
        ([], (1, "is not healthy after 0 s: consul-template has rendered no configuration")),
    ],
)
def test_a_refused_configuration_fails_the_step_at_once_with_the_reason_of_haproxy(
    present: list[str], answer: tuple[int, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "refused").write_text("[NOTICE] (9) : haproxy version is 3\n[ALERT] (9) : timer overflow\n")
    for name in {"refused", "rendered"} - set(present):
        (tmp_path / name).unlink(missing_ok=True)
    if "rendered" in present:
        (tmp_path / "rendered").touch()
    whole = plan()
    if "refused" not in present:
        monkeypatch.setattr(container, "SECONDS", 0)
    step = {step.name: step for step in haproxy.HAPROXY.steps(whole.slaves[0], whole)}["consul-template"]
    done = run(only_check(replace(step, check=step.check.replace("/etc/haproxy", str(tmp_path)))), tmp_path)
    assert (done.returncode, answer[1] in done.stderr) == (answer[0], True), done.stderr
    assert "NOTICE" not in done.stderr
