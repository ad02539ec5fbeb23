"""An `up` whose CLI is killed after some seconds, and the instances that the cloud and the state have afterwards."""

import time

import psutil

from bench.workspace import ProjectCopy
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import ec2

_ALIVE = ("pending", "running", "stopping", "stopped")


def killed(cluster: ProjectCopy, seconds: float) -> float:
    """Kill the CLI of an `up` with SIGKILL so long after its start; 0, or how long it ran if it ended before."""
    running = cluster.start("./pulumiw", "up", "--yes", "--skip-preview", "-s", "sandbox")
    try:
        cli = until(lambda: _cli(running.pid), "the CLI runs")
        started = time.monotonic()
        try:
            cli.wait(seconds)
        except psutil.TimeoutExpired:
            cli.kill()
            return 0
        return time.monotonic() - started
    finally:
        running.communicate()


def _cli(parent: int) -> psutil.Process | None:
    """The `pulumi up` among the descendants of a process."""
    for process in psutil.Process(parent).children(recursive=True):
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if len(words) > 1 and words[0].endswith("pulumi") and words[1] == "up":
            return process
    return None


def in_cloud(cluster: ProjectCopy) -> dict[str, str]:
    """The name of each instance that has not been terminated, by its id."""
    found = ec2(cluster).describe_instances(Filters=[{"Name": "instance-state-name", "Values": list(_ALIVE)}])
    return {
        one["InstanceId"]: next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name")
        for reservation in found["Reservations"]
        for one in reservation["Instances"]
    }


def in_state(cluster: ProjectCopy) -> dict[str, str]:
    """The name of each instance in the stack's state, by its id."""
    instances = [one for one in cluster.resources() if one["type"] == "aws:ec2/instance:Instance"]
    return {str(one["id"]): str(one["urn"]).rpartition("::")[2] for one in instances}
