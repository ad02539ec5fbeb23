"""The JSON that users read of apps, tasks and deployments."""

from sandbox.standins.common.mesos import Json
from sandbox.standins.marathon import ids
from sandbox.standins.marathon.groups import Groups
from sandbox.standins.marathon.instances import Instance

OWN = ("config",)
"""What a stored definition has beside Marathon's fields."""


def app(groups: Groups, definition: Json, *, whole: bool = False) -> Json:
    """`whole`: with its tasks and its last failure."""
    id = definition["id"]
    instances = groups.of(id)
    health = [instance.healthy(definition) for instance in instances]
    view = {name: value for name, value in definition.items() if name not in OWN}
    view |= {
        "versionInfo": {"lastConfigChangeAt": definition["config"]},
        "tasksStaged": sum(instance.state in ("TASK_STAGING", "TASK_STARTING") for instance in instances),
        "tasksRunning": sum(instance.state == "TASK_RUNNING" for instance in instances),
        "tasksHealthy": health.count(True),
        "tasksUnhealthy": health.count(False),
        "deployments": [
            {"id": each["id"]} for each in groups.deployments.values() if each["app"] == definition["id"]
        ],
    }
    if whole:
        view["tasks"] = [task(instance) for instance in instances]
        if failure := groups.last_failure.get(definition["id"]):
            view["lastTaskFailure"] = failure
    return view


def task(instance: Instance) -> Json:
    kept = instance.kept
    return {
        "id": instance.id,
        "appId": kept["app"],
        "host": kept["hostname"],
        "slaveId": kept["agent_id"],
        "ports": kept["ports"],
        "state": "TASK_KILLING" if instance.killing else instance.state,
        "stagedAt": ids.moment(kept["launched"]),
        "startedAt": ids.moment(instance.started) if instance.started else None,
        "version": kept["version"],
        "ipAddresses": [{"ipAddress": instance.address, "protocol": "IPv4"}] if instance.address else [],
    }


def deployment(each: Json) -> Json:
    action = {"action": each["action"], "app": each["app"]}
    return {
        "id": each["id"],
        "version": each["version"],
        "affectedApps": [each["app"]],
        "affectedPods": [],
        "steps": [{"actions": [action]}],
        "currentActions": [{**action, "readinessCheckResults": []}],
        "currentStep": 1,
        "totalSteps": 1,
    }
