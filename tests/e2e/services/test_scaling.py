"""Slaves that go, alive and dead, and come again: who still knows them, and what the app's users see of it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bench.workspace import ProjectCopy
from tests.e2e.services.seen import configured, in_flight, on_all
from tests.e2e.services.witness import HOST, Witness, running, until_none

LEAVING, STAYING = "slave-2", "slave-1"
LEFT = 3
"""Serf's number for a member that has said farewell: Consul lists it for a day."""
_PEERS = "sudo weave status connections; sudo weave status targets; sudo weave peers; cat /etc/default/weave"


@pytest.fixture(scope="module")
def app(cluster: ProjectCopy) -> Iterator[Witness]:
    with running(cluster, 2) as witness:
        yield witness


def agents(app: Witness) -> dict[str, str]:
    """The id that Mesos knows each slave by, of those that it waits for too."""
    found = app.ask("master-1", 5050, "/master/slaves").json()
    return {each["attributes"]["node"]: each["id"] for each in (*found["slaves"], *found["recovered_slaves"])}


def identities(app: Witness) -> dict[str, str]:
    """The id that Consul knows each node by."""
    return {each["Node"]: each["ID"] for each in app.consul("catalog/nodes")}


def remembered(app: Witness) -> str:
    """Who still knows the slave that has gone."""
    known = {"Mesos": LEAVING in agents(app), "Consul's catalogue": LEAVING in identities(app)}
    for master, said in on_all(app.cluster, app.living("master"), _PEERS).items():
        known[f"Weave on {master}"] = LEAVING in said or app.addresses[LEAVING] in said
        members = {each["Name"]: each["Status"] for each in app.consul("agent/members", master)}
        known[f"Consul on {master}"] = members.get(LEAVING, LEFT) != LEFT
    return ", ".join(who for who, knows in known.items() if knows)


@contextmanager
def retired(app: Witness) -> Iterator[None]:
    """Without that slave, for as long as this lasts."""
    try:
        with configured(app.cluster, retiredSlaves=[int(LEAVING.removeprefix("slave-"))]):
            app.cluster.up()
            app.dead.add(LEAVING)
            yield
    finally:
        app.cluster.up()
        app.dead.discard(LEAVING)


def test_a_slave_that_goes_is_emptied_and_forgotten_and_no_request_fails(app: Witness) -> None:
    app.spread()
    before = agents(app)[LEAVING], identities(app)[LEAVING]
    with ExitStack() as stack:
        with in_flight([f"http://{app.addresses[STAYING]}"], HOST):
            stack.enter_context(retired(app))
            until_none(lambda: app.trouble(2))
        assert app.hosts() == [STAYING, STAYING]
        until_none(lambda: remembered(app))

    until_none(lambda: app.unwell(LEAVING))
    app.spread()
    assert not set(before) & {agents(app)[LEAVING], identities(app)[LEAVING]}, "the next one is another"


def test_a_slave_that_died_is_forgotten_too(app: Witness) -> None:
    app.cut(LEAVING)
    with retired(app):
        until_none(lambda: app.trouble(2))
        assert app.hosts() == [STAYING, STAYING]
        until_none(lambda: remembered(app))
    until_none(lambda: app.unwell(LEAVING))
    app.spread()
