"""The report of a doctor: what waits for `make up`, what a repair runs, and how the commands end."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from infra.plan.plan import Plan
from infra.services import registry
from infra.steps.step import Step
from ops.doctor import pending
from ops.doctor.checks import Check
from ops.doctor.cloud import CloudDifference
from ops.doctor.differences import Difference
from ops.doctor.look import Finding
from ops.doctor.program import Program
from ops.doctor.repair import effect_of
from ops.doctor.report import Report
from tests.unit.plans import plan


def program(whole: Plan) -> Program:
    steps = registry.steps(whole, registry.chosen(whole.settings))
    return Program(init=whole.settings.system.init, nodes={node.name: node for node in whole.nodes}, steps=steps)


SMALL = program(plan(masterCount=1, slaveCount=1, services=[]))


def command(node: str, step: Step) -> dict[str, Any]:
    inputs: dict[str, Any] = {"create": SMALL.script(node, step)}
    if step.secret:
        inputs["stdin"] = {"4dabf18193072939515e22adb298388d": "1b", "plaintext": json.dumps(step.secret.content)}
    name = f"urn:pulumi:dev::apollo::command:remote:Command::{node}-{step.name}"
    return {"urn": name, "type": "command:remote:Command", "inputs": inputs}


APPLIED = {
    f"{node}-{step.name}": command(node, step) for node in ("master-1", "slave-1") for step in SMALL.steps[node]
}
ROUTER = "slave-1-weave-router"
OLD_PASSWORD = {"plaintext": '"the old one"'}
STATES: dict[str, tuple[Mapping[str, Any], dict[str, frozenset[str]]]] = {
    "all applied": (APPLIED, {}),
    "another script": (
        {**APPLIED, ROUTER: {**APPLIED[ROUTER], "inputs": {**APPLIED[ROUTER]["inputs"], "create": "other"}}},
        {"slave-1": frozenset({"weave-router"})},
    ),
    "another secret": (
        {**APPLIED, ROUTER: {**APPLIED[ROUTER], "inputs": {**APPLIED[ROUTER]["inputs"], "stdin": OLD_PASSWORD}}},
        {"slave-1": frozenset({"weave-router"})},
    ),
    "never applied": (
        {name: one for name, one in APPLIED.items() if name != ROUTER},
        {"slave-1": frozenset({"weave-router"})},
    ),
}


@pytest.mark.parametrize(("resources", "waiting"), STATES.values(), ids=STATES)
def test_a_step_that_the_state_has_otherwise_waits_for_up(
    resources: Mapping[str, Any], waiting: dict[str, frozenset[str]]
) -> None:
    export = json.dumps({"deployment": {"resources": list(resources.values())}})
    assert {node: steps for node, steps in pending.unapplied(export, SMALL).items() if steps} == waiting


def differing(node: str, *steps: str) -> Finding:
    checks = [Check(step=step, name=f"unit {step}", command="", expected="state: active\n") for step in steps]
    found = [Difference(node=node, check=check, found="state: inactive\n") for check in checks]
    return Finding(node=node, checked=9, differences=found)


NONE: Mapping[str, frozenset[str]] = {"master-1": frozenset(), "slave-1": frozenset()}
WELL = Report(stack="dev", findings=[Finding(node="master-1", checked=9)], unapplied=NONE)
GONE = CloudDifference(name="ssh", type="SecurityGroupIngressRule", properties={"fromPort": (22, None)}, gone=True)
ENDS = {
    "nothing differs": (WELL, 0),
    "a node differs": (replace(WELL, findings=[differing("slave-1", "docker")]), 1),
    "the cloud differs": (replace(WELL, cloud=[GONE]), 1),
    "a change waits": (replace(WELL, unapplied={"master-1": frozenset({"docker"})}), 0),
    "a node does not answer": (
        replace(WELL, findings=[differing("slave-1", "docker"), Finding(node="slave-2", failure="no answer")]),
        2,
    ),
    "the cloud does not answer": (replace(WELL, unseen=["the cloud's resources could not be compared"]), 2),
}


@pytest.mark.parametrize(("report", "status"), ENDS.values(), ids=ENDS)
def test_the_exit_status_is_that_of_the_worst(report: Report, status: int) -> None:
    assert report.status == status


def test_a_repair_runs_what_differs_and_does_not_wait_for_up() -> None:
    report = replace(
        WELL,
        findings=[differing("slave-1", "docker", "weave-peers", "docker"), differing("master-1", "docker")],
        unapplied={"slave-1": frozenset({"docker", "gate"}), "master-1": frozenset()},
    )
    assert report.repairable("slave-1") == ("weave-peers",)
    assert report.repairable("master-1") == ("docker",)


def test_the_report_names_each_difference_the_node_that_is_silent_and_what_to_do() -> None:
    report = replace(
        WELL,
        findings=[differing("slave-1", "docker"), Finding(node="slave-2", failure="no SSH connection")],
        unapplied={"slave-1": frozenset(), "slave-2": frozenset({"gate"})},
        cloud=[GONE],
    )
    printed = io.StringIO()
    report.print(Console(file=printed, width=100))
    lines = [" ".join(line.strip("│ ").split()) for line in printed.getvalue().splitlines()]
    for line in (
        "slave-1 │ docker │ unit docker │ differs",
        "cloud │ │ ssh (SecurityGroupIngressRule) │ gone",
        "-state: active",
        "+state: inactive",
        "-fromPort: 22",
        "slave-2: no SSH connection",
        "1 of 9 checks on 1 node differ",
        "`make repair NODE=slave-1 STACK=dev` runs docker again there, and no other step",
        "`./pulumiw up --refresh -s dev` makes the cloud's resources again what the program says",
        "1 step has a change that `make up` has not applied: slave-2-gate",
    ):
        assert line in lines


def test_a_repair_prints_what_it_restarts() -> None:
    steps = {step.name: step for step in SMALL.steps["slave-1"]}
    assert effect_of("slave-1", [steps["weave-peers"]]) == "slave-1: runs weave-peers, which restarts nothing"
    assert effect_of("slave-1", [steps["docker"], steps["weave-router"]]) == (
        "slave-1: runs docker, weave-router, which restarts docker, weave: all containers of the node end, and those "
        "of the cluster's services start again"
    )
