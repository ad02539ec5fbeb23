"""Elections, step by step."""

from sandbox.standins.common.election import Election, in_order
from sandbox.standins.common.ensemble import Lost
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


def test_one_that_did_not_lead_contends_anew_after_its_session_ended() -> None:
    tree = Tree()
    first, second = Contender(tree, "a"), Contender(tree, "b")
    first.look()
    second.look()
    second.session.expire()
    assert second.look() == b"a"
    assert second.election.standing.contenders == 2


def test_a_node_that_was_made_although_the_call_failed_is_recognized_as_ones_own() -> None:
    tree = Tree()
    first = Contender(tree, "a")
    create = first.session.create

    def made_and_lost(path: str, content: bytes, *, ephemeral: bool = False, sequence: bool = False) -> str:
        create(path, content, ephemeral=ephemeral, sequence=sequence)
        first.session.create = create  # type: ignore[method-assign]
        raise Lost("the connection broke")

    first.session.create = made_and_lost  # type: ignore[method-assign]
    first.look()
    assert first.calls == []
    first.look()
    assert first.calls == ["won"]
    assert len(tree.nodes) == 1


def test_only_contenders_count_in_the_order_of_their_numbers() -> None:
    names = ["json.info_0000000010", "standin", "json.info_0000000009", "log_replicas", "json.info_x"]
    assert in_order(names, "json.info_") == ["json.info_0000000009", "json.info_0000000010"]
