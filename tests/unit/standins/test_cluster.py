"""Master, agents and Marathon together."""

import json
from typing import Any

import pytest

from sandbox.standins.common.fetch import call
from tests.unit.standins.cluster import Cluster, app, until


def started(cluster: Cluster, agents: int = 2, **definition: Any) -> None:
    cluster.master()
    for _ in range(agents):
        cluster.agent()
    cluster.marathon()
    answer = cluster.ask("POST", "/v2/apps", app(**definition))
    assert answer.status == 201, answer.body


def test_two_instances_run_on_two_agents_as_containers_of_the_image(cluster: Cluster) -> None:
    started(cluster, instances=2)
    tasks = cluster.running(2)
    assert {task["host"] for task in tasks} == {"slave-1", "slave-2"}
    for agent in cluster.agents:
        (container,) = agent.docker.running()
        assert container["Name"].startswith("/mesos-")
        assert agent.docker.pulled == ["web:1"]
        environment = dict(pair.split("=", 1) for pair in container["Config"]["Env"])
        assert environment["MARATHON_APP_ID"] == "/web"
        assert environment["HOST"] == agent.hostname
        assert environment["MESOS_TASK_ID"] in {task["id"] for task in tasks}
        published = container["HostConfig"]["PortBindings"]["8080/tcp"]
        assert published == [{"HostPort": environment["PORT0"]}]
        assert 31000 <= int(environment["PORT0"]) <= 31100


# The fields that Marathon's API describes: a strict client refuses others.
APP_FIELDS = {
    "id", "cmd", "args", "container", "networks", "env", "labels", "constraints", "healthChecks", "upgradeStrategy",
    "taskKillGracePeriodSeconds", "instances", "cpus", "mem", "disk", "gpus", "backoffSeconds", "backoffFactor",
    "maxLaunchDelaySeconds", "killSelection", "ports", "versionInfo", "version", "tasksStaged", "tasksRunning",
    "tasksHealthy", "tasksUnhealthy", "deployments", "tasks", "lastTaskFailure",
}  # fmt: skip
TASK_FIELDS = {
    "id", "appId", "host", "slaveId", "ports", "servicePorts", "state", "stagedAt", "startedAt", "version",
    "ipAddresses", "localVolumes", "healthCheckResults",
}  # fmt: skip


def test_apps_and_tasks_have_no_fields_of_their_own(cluster: Cluster) -> None:
    started(cluster, agents=1, healthChecks=[{"protocol": "HTTP"}])
    (task,) = cluster.running(1)
    assert cluster.ask("GET", "/v2/apps/web").json()["app"].keys() <= APP_FIELDS
    assert task.keys() <= TASK_FIELDS
    assert cluster.ask("GET", "/v2/apps/web/versions").json()["versions"] == [task["version"]]


@pytest.mark.parametrize(("query", "status"), [("scale=true", 501), ("scale=false", 200), ("", 200)])
def test_a_task_that_is_removed_is_replaced_and_the_app_keeps_its_scale(
    cluster: Cluster, query: str, status: int
) -> None:
    started(cluster, agents=1)
    first = cluster.running(1)[0]["id"]
    answer = cluster.ask("DELETE", f"/v2/apps/web/tasks/{first}?{query}")
    assert answer.status == status
    if status == 200:
        assert answer.json()["task"]["id"] == first
        until(lambda: [task["id"] for task in cluster.running(1)] != [first], "another instance")


def test_scaling_up_and_down_starts_and_stops_as_many(cluster: Cluster) -> None:
    started(cluster, instances=2, taskKillGracePeriodSeconds=7)
    before = {task["id"] for task in cluster.running(2)}
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    assert cluster.ask("PUT", "/v2/apps/web", {"instances": 4}).status == 200
    assert before < {task["id"] for task in cluster.running(4)}
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    assert cluster.ask("PUT", "/v2/apps/web", {"instances": 2}).status == 200
    assert {task["id"] for task in cluster.running(2)} == before, "the youngest go first"
    assert {grace for agent in cluster.agents for _, grace in agent.docker.stopped} == {7}


def test_a_deleted_app_leaves_no_container(cluster: Cluster) -> None:
    started(cluster, agents=1)
    cluster.running(1)
    assert cluster.ask("DELETE", "/v2/apps/web?force=true").status == 200
    until(lambda: not cluster.agents[0].docker.running(), "the container's end")
    assert cluster.ask("GET", "/v2/apps/web").status == 404
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")


def test_a_container_that_ends_is_replaced_and_the_failure_is_reported(cluster: Cluster) -> None:
    started(cluster, agents=1)
    (first,) = cluster.running(1)
    docker = cluster.agents[0].docker
    docker.end(docker.running()[0]["Name"].strip("/"), 3)
    until(lambda: cluster.tasks() and cluster.tasks()[0]["id"] != first["id"], "another task")
    cluster.running(1)
    failure = cluster.ask("GET", "/v2/apps/web").json()["app"]["lastTaskFailure"]
    assert (failure["state"], failure["message"]) == ("TASK_FAILED", "Container exited with status 3")


def test_a_missing_image_is_reported_until_the_app_is_removed(cluster: Cluster) -> None:
    cluster.master()
    cluster.agent().docker.missing.add("web:1")
    cluster.marathon()
    cluster.ask("POST", "/v2/apps", app(backoffSeconds=60))
    failure = until(lambda: cluster.ask("GET", "/v2/apps/web").json()["app"].get("lastTaskFailure"), "the failure")
    assert failure["message"] == "Failed to launch container: manifest for web:1 not found"
    cluster.ask("DELETE", "/v2/apps/web?force=true")
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "its end")
    cluster.ask("POST", "/v2/apps", app(cpus=100))
    assert "lastTaskFailure" not in cluster.ask("GET", "/v2/apps/web").json()["app"]


def test_tasks_of_a_lost_agent_start_elsewhere(cluster: Cluster) -> None:
    cluster.master(agent_timeout=0.5)
    first, second = cluster.agent(), cluster.agent()
    cluster.marathon()
    cluster.ask("POST", "/v2/apps", app(instances=2))
    cluster.running(2)
    first.halt()
    until(lambda: {task["host"] for task in cluster.running(2)} == {"slave-2"}, "both on the other agent")
    assert len(second.docker.running()) == 2
    first.start()
    until(lambda: not first.docker.running(), "the lost task is killed once its agent is back")
    assert len(cluster.running(2)) == 2


def test_an_agent_takes_its_running_tasks_up_after_a_restart(cluster: Cluster) -> None:
    started(cluster, agents=1, instances=2)
    before = {task["id"] for task in cluster.running(2)}
    agent = cluster.agents[0]
    id = agent.store.agent_id
    agent.halt()
    agent.start()
    until(lambda: agent.agent.master, "the agent's registration")
    assert agent.store.agent_id == id
    assert {task["id"] for task in cluster.running(2)} == before
    agent.docker.end(agent.docker.running()[0]["Name"].strip("/"), 1)
    until(lambda: {task["id"] for task in cluster.running(2)} != before, "a replacement")


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


def test_apps_and_tasks_outlive_the_leading_marathon(cluster: Cluster) -> None:
    started(cluster, agents=1, instances=2)
    before = {task["id"] for task in cluster.running(2)}
    first = cluster.marathons[0]
    cluster.marathon()
    assert {task["id"] for task in cluster.running(2)} == before, "a Marathon that does not lead passes requests on"
    leader = cluster.ask("GET", "/v2/leader").json()["leader"]
    first.close()
    until(lambda: cluster.ask("GET", "/v2/leader").json().get("leader") not in (leader, None), "another leader")
    assert {task["id"] for task in cluster.running(2)} == before
    assert cluster.agents[0].docker.stopped == []


def test_a_new_image_replaces_every_instance_and_keeps_as_many_ready(cluster: Cluster) -> None:
    started(cluster, agents=2, instances=2, upgradeStrategy={"minimumHealthCapacity": 1, "maximumOverCapacity": 0.5})
    before = {task["id"] for task in cluster.running(2)}
    definition = app(instances=2)
    definition["container"]["docker"]["image"] = "web:2"
    assert cluster.ask("PUT", "/v2/apps/web?force=true", definition).status == 200
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    assert not before & {task["id"] for task in cluster.running(2)}
    images = {c["Config"]["Image"] for agent in cluster.agents for c in agent.docker.running()}
    assert images == {"web:2"}


def test_writing_the_same_definition_again_restarts_nothing(cluster: Cluster) -> None:
    started(cluster, agents=1)
    before = cluster.running(1)
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    cluster.ask("PUT", "/v2/apps/web", app())
    whole = cluster.ask("GET", "/v2/apps/web").json()["app"]
    assert cluster.ask("PUT", "/v2/apps/web?force=true", whole).status == 200
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    assert [task["id"] for task in cluster.running(1)] == [task["id"] for task in before]


def test_a_change_during_a_deployment_is_refused_unless_forced(cluster: Cluster) -> None:
    started(cluster, agents=1, cpus=100)  # never placed
    answer = cluster.ask("PUT", "/v2/apps/web", {"instances": 3})
    assert answer.status == 409
    assert answer.json()["message"].startswith("App is locked by one or more deployments")
    assert cluster.ask("PUT", "/v2/apps/web?force=true", {"instances": 3}).status == 200


def test_no_more_is_placed_than_the_agents_have(cluster: Cluster) -> None:
    started(cluster, agents=1, cpus=1, instances=6)
    cluster.running(4)
    (slave,) = call("GET", f"{cluster.masters[0].url}/master/slaves").json()["slaves"]
    assert slave["resources"]["cpus"] == slave["used_resources"]["cpus"] == 4
    assert slave["resources"]["ports"] == "[31000-31100]"


def gone(agent_id: str) -> dict[str, Any]:
    return {"type": "MARK_AGENT_GONE", "mark_agent_gone": {"agent_id": {"value": agent_id}}}


def test_tasks_of_an_agent_that_is_marked_gone_start_elsewhere_and_it_ends(cluster: Cluster) -> None:
    started(cluster, agents=2, instances=2)
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


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (gone("nobody"), "application/json", 404),
        (gone("nobody"), "text/plain", 415),
        ({"type": "MARK_AGENT_GONE"}, "application/json", 400),
        ({"type": "GET_AGENTS"}, "application/json", 501),
    ],
)
def test_the_operator_api_refuses_other_calls(cluster: Cluster, body: dict[str, Any], kind: str, status: int) -> None:
    master = cluster.master()
    until(lambda: master.master.led, "a leader")
    assert call("POST", f"{master.url}/api/v1", body, headers={"Content-Type": kind}).status == status


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


def test_a_master_that_lost_its_session_ends(cluster: Cluster) -> None:
    master = cluster.master()
    until(lambda: master.master.led, "a leader")
    master.session.expire()
    until(lambda: master.died, "its end")
    assert master.died == ["Lost leadership... committing suicide!"]


@pytest.mark.parametrize("protocol", ["HTTP", "MESOS_HTTP"])
def test_an_instance_that_does_not_answer_is_killed_and_replaced(cluster: Cluster, protocol: str) -> None:
    check = {"protocol": protocol, "gracePeriodSeconds": 0, "intervalSeconds": 0.05, "timeoutSeconds": 1,
             "maxConsecutiveFailures": 2, "delaySeconds": 0}  # fmt: skip
    started(cluster, agents=1, healthChecks=[check])
    first = until(cluster.tasks, "a task")[0]["id"]
    until(lambda: first not in {task["id"] for task in cluster.tasks()}, "its end")
    assert cluster.agents[0].docker.stopped
