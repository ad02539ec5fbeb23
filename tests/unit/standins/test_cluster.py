"""Apps on a cluster: master, agents and Marathon together."""

import pytest

from tests.unit.standins.cluster import EXECUTOR, Cluster, app, deployed
from tests.unit.waiting import until


def test_two_instances_run_on_two_agents_as_containers_of_the_image(cluster: Cluster) -> None:
    deployed(cluster, instances=2)
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


def test_scaling_up_and_down_starts_and_stops_as_many(cluster: Cluster) -> None:
    deployed(cluster, instances=2, taskKillGracePeriodSeconds=7)
    before = {task["id"] for task in cluster.running(2)}
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    assert cluster.ask("PUT", "/v2/apps/web", {"instances": 4}).status == 200
    assert before < {task["id"] for task in cluster.running(4)}
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    assert cluster.ask("PUT", "/v2/apps/web", {"instances": 2}).status == 200
    assert {task["id"] for task in cluster.running(2)} == before, "the youngest go first"
    assert {grace for agent in cluster.agents for _, grace in agent.docker.stopped} == {7}


def test_a_container_that_ends_is_replaced_and_the_failure_is_reported(cluster: Cluster) -> None:
    deployed(cluster, agents=1)
    (first,) = cluster.running(1)
    docker = cluster.agents[0].docker
    docker.end(docker.running()[0]["Name"].strip("/"), 3)
    until(lambda: cluster.tasks() and cluster.tasks()[0]["id"] != first["id"], "another task")
    cluster.running(1)
    last = cluster.ask("GET", "/v2/apps/web").json()["app"]["lastTaskFailure"]
    assert (last["state"], last["message"]) == ("TASK_FAILED", "Container exited with status 3")


def failure(cluster: Cluster) -> str:
    """Why the task of an app did not start."""
    cluster.marathon()
    cluster.ask("POST", "/v2/apps", app(backoffSeconds=60))
    found = until(lambda: cluster.ask("GET", "/v2/apps/web").json()["app"].get("lastTaskFailure"), "the failure")
    return str(found["message"])


def test_no_task_starts_when_the_image_of_the_executor_has_an_entrypoint(cluster: Cluster) -> None:
    cluster.master()
    cluster.agent().docker.entrypoints[EXECUTOR] = ["mesos-slave"]
    why = f"{EXECUTOR} has the entrypoint mesos-slave, which runs in place of Mesos' executor"
    assert failure(cluster) == f"Failed to launch container: {why}"


def test_no_task_starts_when_docker_keeps_its_images_in_containerd(cluster: Cluster) -> None:
    cluster.master()
    cluster.agent().docker.store = "containerd"
    why = f"docker's answer about {EXECUTOR} has no ContainerConfig"
    assert failure(cluster) == f"Failed to launch container: {why}"


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


def test_apps_and_tasks_outlive_the_leading_marathon(cluster: Cluster) -> None:
    deployed(cluster, agents=1, instances=2)
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
    deployed(cluster, agents=2, instances=2, upgradeStrategy={"minimumHealthCapacity": 1, "maximumOverCapacity": 0.5})
    before = {task["id"] for task in cluster.running(2)}
    definition = app(instances=2)
    definition["container"]["docker"]["image"] = "web:2"
    assert cluster.ask("PUT", "/v2/apps/web?force=true", definition).status == 200
    until(lambda: cluster.ask("GET", "/v2/deployments").json() == [], "the end of the deployment")
    assert not before & {task["id"] for task in cluster.running(2)}
    images = {c["Config"]["Image"] for agent in cluster.agents for c in agent.docker.running()}
    assert images == {"web:2"}


def test_a_change_during_a_deployment_is_refused_unless_forced(cluster: Cluster) -> None:
    deployed(cluster, agents=1, cpus=100)  # never placed
    answer = cluster.ask("PUT", "/v2/apps/web", {"instances": 3})
    assert answer.status == 409
    assert answer.json()["message"].startswith("App is locked by one or more deployments")
    assert cluster.ask("PUT", "/v2/apps/web?force=true", {"instances": 3}).status == 200


@pytest.mark.parametrize("protocol", ["HTTP", "MESOS_HTTP"])
def test_an_instance_that_does_not_answer_is_killed_and_replaced(cluster: Cluster, protocol: str) -> None:
    check = {"protocol": protocol, "gracePeriodSeconds": 0, "intervalSeconds": 0.05, "timeoutSeconds": 1,
             "maxConsecutiveFailures": 2, "delaySeconds": 0}  # fmt: skip
    deployed(cluster, agents=1, healthChecks=[check])
    first = until(cluster.tasks, "a task")[0]["id"]
    until(lambda: first not in {task["id"] for task in cluster.tasks()}, "its end")
    assert cluster.agents[0].docker.stopped
