"""Masters of a cluster: their elections, their quorum, and the agents that they list."""

import json
from typing import Any

from sandbox.standins.common.fetch import call
from tests.unit.standins.cluster import Cluster, app, deployed
from tests.unit.waiting import until


def test_a_change_of_the_leading_master_disturbs_no_task(cluster: Cluster) -> None:
    first, second = cluster.master(), cluster.master()
    until(lambda: first.master.led, "a leader")
    agent = cluster.agent()
    cluster.marathon()
    cluster.ask("POST", "/v2/apps", app(instances=2))
    before = {task["id"] for task in cluster.running(2)}
    first.close()
    until(lambda: second.master.led, "the next leader")
    until(lambda: agent.agent.master == second.url, "the agent at the new leader")
    assert cluster.ask("PUT", "/v2/apps/web?force=true", {"instances": 3}).status == 200
    assert before < {task["id"] for task in cluster.running(3)}
    assert agent.docker.stopped == []
    metrics = call("GET", f"{second.url}/metrics/snapshot").json()
    assert (metrics["master/slaves_active"], metrics["master/tasks_running"]) == (1, 3)


def test_no_more_is_placed_than_the_agents_have(cluster: Cluster) -> None:
    deployed(cluster, agents=1, cpus=1, instances=6)
    cluster.running(4)
    led = cluster.masters[0].master.led
    assert led
    assert [agent.free()["cpus"] for agent in led.state.listed()] == [0]


def gone(agent_id: str) -> dict[str, Any]:
    return {"type": "MARK_AGENT_GONE", "mark_agent_gone": {"agent_id": {"value": agent_id}}}


def test_tasks_of_an_agent_that_is_marked_gone_start_elsewhere_and_it_ends(cluster: Cluster) -> None:
    deployed(cluster, agents=2, instances=2)
    cluster.running(2)
    leaving, master = cluster.agents[0], cluster.masters[0].url
    id = leaving.store.agent_id
    assert call("POST", f"{master}/api/v1", gone(id)).status == 200
    listed = call("GET", f"{master}/master/slaves").json()
    assert [slave["attributes"]["node"] for slave in listed["slaves"]] == ["slave-2"]
    until(lambda: {task["host"] for task in cluster.running(2)} == {"slave-2"}, "both on the other agent")
    until(lambda: not leaving.alive, "the end of the agent")
    assert leaving.docker.running() == []
    assert {grace for _, grace in leaving.docker.stopped} == {3}, "time to finish what they do"
    leaving.start()
    until(lambda: not leaving.alive, "the end of the agent that came back")
    assert call("POST", f"{master}/api/v1", gone(id)).status == 200, "again"
    assert call("GET", f"{master}/metrics/snapshot").json()["master/slaves_active"] == 1


def test_an_agent_stays_gone_for_the_next_master(cluster: Cluster) -> None:
    first = cluster.master()
    agent = cluster.agent()
    until(lambda: agent.agent.master, "the agent's registration")
    agent.halt()
    assert call("POST", f"{first.url}/api/v1", gone(agent.store.agent_id)).status == 200
    first.close()
    second = cluster.master()
    until(lambda: second.master.led, "the next leader")
    assert call("GET", f"{second.url}/master/slaves").json() == {"slaves": [], "recovered_slaves": []}
    agent.start()
    until(lambda: not agent.alive, "the end of the agent")


def test_a_master_without_quorum_registers_no_agent(cluster: Cluster) -> None:
    master = cluster.master(quorum=2)
    agent = cluster.agent()
    until(lambda: master.master.led, "a leader")
    answer = call("POST", f"{master.url}/standin/agents", {"id": "", "info": {}, "tasks": []})
    assert (answer.status, answer.json()["message"]) == (503, "no quorum of 2 masters yet")
    cluster.master(quorum=2)
    until(lambda: agent.agent.master, "the agent's registration")


def test_a_master_that_does_not_lead_is_healthy_and_points_at_the_leader(cluster: Cluster) -> None:
    first = cluster.master()
    until(lambda: first.master.led, "a leader")
    second = cluster.master()
    until(lambda: second.master.leader() == first.url, "the second to know the leader")
    assert call("GET", f"{second.url}/master/health").status == 200
    for path, there in (("/master/slaves", "/master/slaves"), ("/redirect", "")):
        answer = call("GET", second.url + path)
        assert (answer.status, answer.headers["location"]) == (307, f"{first.url.removeprefix('http:')}{there}")
    node = json.loads(first.session.get(f"/mesos/{first.session.children('/mesos')[0]}") or b"")
    assert node["pid"] == f"master@127.0.0.1:{node['port']}"
    assert node["version"] == "1.7.0-standin"
