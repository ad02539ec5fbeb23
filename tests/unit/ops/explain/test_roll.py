"""After a failed `up`, one sentence: where the roll stopped, what is done and what is not."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from infra.plan.roll import Made, Roll
from ops.explain.roll import stopped
from tests.unit.plans import plan

URN = "urn:pulumi:dev::apollo::apollo:node:Node$command:remote:Command::"


def run(*, existing: Sequence[str], done: Sequence[str], failed: Sequence[str]) -> Iterator[str]:
    """The log of one run: the program's note about the order, the gates that are done, and what failed."""
    whole = plan(masterCount=1, slaveCount=3, services=[])
    (note,) = Roll.of(whole, {name: Made(services=[]) for name in existing}).notes()
    events: list[dict[str, Any]] = [{"preludeEvent": {}}]
    events += [{"diagnosticEvent": {"severity": "info", "message": f"<{{%reset%}}>{note}<{{%reset%}}>\n"}}]
    events += [{"resOutputsEvent": {"metadata": {"op": "update", "urn": f"{URN}{name}-gate"}}} for name in done]
    events += [{"diagnosticEvent": {"severity": "error", "urn": URN + name, "message": "no"}} for name in failed]
    return map(json.dumps, events)


@pytest.mark.parametrize(
    ("existing", "done", "failed", "sentence"),
    [
        (
            ["master-1", "slave-1", "slave-2", "slave-3"],
            ["master-1", "slave-1"],
            ["slave-2-docker"],
            "the roll stopped at slave-2; done: master-1, slave-1; not changed: slave-3. ",
        ),
        (
            ["master-1", "slave-1", "slave-2"],
            [],
            ["master-1-gate"],
            "the roll stopped at master-1; done: none; not changed: slave-1, slave-2. ",
        ),
        (
            ["master-1", "slave-1", "slave-2"],
            ["master-1", "slave-1"],
            ["slave-2"],
            "the roll stopped at slave-2; done: master-1, slave-1; not changed: none. ",
        ),
        # slave-3 is new: nobody waits for it
        (["master-1", "slave-1", "slave-2"], ["master-1", "slave-1", "slave-2"], ["slave-3-docker"], ""),
        (["master-1", "slave-1", "slave-2"], ["master-1"], ["vpc"], ""),
    ],
)
def test_a_failure_names_what_is_done_and_what_is_not(
    existing: Sequence[str], done: Sequence[str], failed: Sequence[str], sentence: str
) -> None:
    found = stopped(list(run(existing=existing, done=done, failed=failed)))
    assert [each.partition("Remove")[0] for each in found] == [sentence] * bool(sentence)


def test_a_preview_before_the_update_does_not_count() -> None:
    nodes = ["master-1", "slave-1", "slave-2"]
    preview = run(existing=nodes, done=nodes, failed=[])
    update = run(existing=nodes, done=["master-1"], failed=["slave-1-gate"])
    (sentence,) = stopped([*preview, *update])
    assert sentence.startswith("the roll stopped at slave-1; done: master-1; not changed: slave-2.")


def test_a_first_launch_has_no_roll() -> None:
    assert stopped([json.dumps({"diagnosticEvent": {"severity": "error", "urn": URN + "slave-1-gate"}})]) == []
