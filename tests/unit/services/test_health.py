"""How a node reports its services: by a program that the gate waits for."""

import subprocess
from dataclasses import replace
from pathlib import Path

from infra.services import gate, registry
from infra.steps.service import Service
from infra.steps.step import Step
from tests.unit.plans import plan
from tests.unit.shell import only_check, program, run, shellcheck

CORE = ["consul", "dns", "registrator"]


def test_the_gate_comes_after_every_other_step_and_checks_each_service_of_the_node() -> None:
    whole = plan(services=CORE)
    *earlier, last = registry.steps(whole, registry.chosen(whole.settings))[whole.slaves[0].name]
    assert last.name == "gate"
    assert {name for step in (*earlier, last) for name in step.after} == {step.name for step in earlier}
    (health,) = last.files
    assert "in consul dns registrator container-firewall; do" in health.content
    assert health.path in last.check


def test_a_service_of_one_role_is_checked_on_that_role_alone() -> None:
    whole = plan()
    only = Service(
        name="front-end",
        steps=lambda *_: (Step(name="front-end", title="Try"),),
        roles=("slave",),
        health=lambda *_: "true",
    )
    run = (*registry.NETWORK, only)
    assert "front_end_wrong" in registry.steps(whole, run)[whole.slaves[0].name][-1].files[0].content
    assert "front_end_wrong" not in registry.steps(whole, run)[whole.masters[0].name][-1].files[0].content
    assert "front_end_wrong" not in gate.step(whole.masters[0], whole, {}).files[0].content


def test_the_health_program_is_correct_shell_on_every_node(tmp_path: Path) -> None:
    whole = plan(services=[service.name for service in registry.OFFERED])
    for node in whole.nodes:
        (health,) = registry.steps(whole, registry.chosen(whole.settings))[node.name][-1].files
        shellcheck(health.content, "bash", tmp_path)


def test_a_gate_names_the_unhealthy_service(tmp_path: Path) -> None:
    whole = plan(masterCount=1)
    step = gate.step(
        whole.masters[0],
        whole,
        {"fit": "true", "front-end": "echo 'front-end has'; echo 'no backend'", "mute": "false"},
        seconds=0,
    )
    health = tmp_path / "health"
    health.write_text(step.files[0].content)
    health.chmod(0o755)
    printed = subprocess.run([health], capture_output=True, text=True, check=True).stdout
    assert printed == "fit=ok\nfront-end=front-end has no backend\nmute=mute is not healthy, for an unknown reason\n"
    (tmp_path / "bin").mkdir()
    for name in ("weave", "docker"):
        program(tmp_path / "bin", name, ":")
    check = replace(step, check=step.check.replace(step.files[0].path, str(health)))
    done = run(only_check(check), tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "slave-1 gate: after 0 s front-end has no backend\nmute is not healthy, for an unknown reason\n",
    )
