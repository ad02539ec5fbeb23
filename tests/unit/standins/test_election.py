"""Elections, step by step."""

from sandbox.standins.common.election import Election
from tests.unit.standins.memory import Session, Tree


class Contender:
    def __init__(self, tree: Tree, name: str) -> None:
        self.session, self.calls = Session(tree), list[str]()
        self.election = Election(
            self.session, folder="/m", prefix="json.info_", marker="json.info_", content=name.encode(), patience=10,
            on_won=lambda: self.calls.append("won"), on_lost=lambda: self.calls.append("lost"),
        )  # fmt: skip

    def look(self, now: float = 0) -> bytes | None:
        self.election.look(now)
        return self.election.standing.leader


def test_the_first_leads_and_the_next_takes_over() -> None:
    tree = Tree()
    first, second = Contender(tree, "a"), Contender(tree, "b")
    assert [first.look(), second.look(), first.look()] == [b"a", b"a", b"a"]
    assert (first.calls, second.calls) == (["won"], [])
    first.session.expire()
    assert second.look() == b"b"
    first.look()
    assert (first.calls, second.calls) == (["won", "lost"], ["won"])


def test_a_short_silence_of_zookeeper_changes_nothing_and_a_long_one_ends_the_lead() -> None:
    first = Contender(Tree(), "a")
    first.look(0)
    first.session.down = True
    first.look(9)
    assert first.calls == ["won"]
    first.look(11)
    assert first.calls == ["won", "lost"]
