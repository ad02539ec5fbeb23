import pytest

from sandbox.standins.marathon.constraints import allowed


def agent(name: str, **attributes: str) -> dict[str, object]:
    return {"hostname": name, "attributes": attributes}


A, B, C = agent("a", zone="1"), agent("b", zone="2"), agent("c")


@pytest.mark.parametrize(
    ("constraint", "here", "others", "fits"),
    [
        (["hostname", "UNIQUE"], A, [B], True),
        (["hostname", "UNIQUE"], A, [A], False),
        (["zone", "CLUSTER", "1"], A, [], True),
        (["zone", "CLUSTER", "1"], B, [], False),
        (["zone", "CLUSTER"], B, [A], False),
        (["zone", "GROUP_BY"], A, [A, B], True),
        (["zone", "GROUP_BY"], A, [A, A, B], False),
        (["zone", "GROUP_BY", "2"], A, [A], False),
    ],
)
def test_a_constraint_lets_an_instance_on_an_agent_or_not(
    constraint: list[str], here: dict[str, object], others: list[dict[str, object]], fits: bool
) -> None:
    assert allowed([constraint], here, others) is fits
