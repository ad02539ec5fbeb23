"""The load balancer in front of real slaves: health, draining, and HTTPS with a certificate."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import boto3
import httpx
import pytest

from bench.workspace import ProjectCopy
from sandbox.home import Home
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import SLAVES, configured

UNKNOWN = "unknown.example.com"  # HAProxy itself answers for a host that no service has
HEALTHY, UNHEALTHY, DRAINING = ("healthy", None), ("unhealthy", "Target.FailedHealthChecks"), "draining"


class Front:
    """The load balancer as its clients see it, and as the API describes it."""

    def __init__(self, cluster: ProjectCopy) -> None:
        self.cluster = cluster
        self.address = cluster.pulumi("stack", "output", "loadBalancer").stdout.strip()
        environ = Home(cluster.folder).environ()
        session = boto3.session.Session(
            aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
            region_name=environ["AWS_REGION"],
        )
        self.elb = session.client("elbv2", endpoint_url=environ["AWS_ENDPOINT_URL"])
        (group,) = self.elb.describe_target_groups()["TargetGroups"]
        self.group = group["TargetGroupArn"]
        listed = cluster.run(".venv/bin/python", "-m", "sandbox", "hosts").stdout.splitlines()
        self.instances = {row.split()[0]: row.split()[1] for row in listed}

    def health(self) -> dict[str, tuple[str, Any]]:
        """State and reason of each slave."""
        found = self.elb.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        by_id = {each["Target"]["Id"]: each["TargetHealth"] for each in found}
        return {
            slave: (health["State"], health.get("Reason"))
            for slave in SLAVES
            if (health := by_id.get(self.instances[slave]))
        }

    def until(self, **states: tuple[str, Any]) -> None:
        wanted = {name.replace("_", "-"): state for name, state in states.items()}
        until(lambda: self.health() == wanted, f"the load balancer sees {wanted}")

    def statuses(self, times: int = 20) -> set[int]:
        """Of requests over a connection each."""
        asking = httpx.Client(trust_env=False, timeout=10, headers={"Host": UNKNOWN, "Connection": "close"})
        with asking:
            return {asking.get(f"http://{self.address}/").status_code for _ in range(times)}


@pytest.fixture(scope="module")
def front(cluster: ProjectCopy) -> Front:
    found = Front(cluster)
    found.until(slave_1=HEALTHY, slave_2=HEALTHY)
    return found


@contextmanager
def half_a_request(address: str) -> Iterator[socket.socket]:
    """A connection on which HAProxy waits for the rest of a request."""
    with closing(socket.create_connection((address, 80), timeout=30)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        yield connection


def answer_to_the_rest(connection: socket.socket) -> bytes:
    connection.sendall(f"Host: {UNKNOWN}\r\nConnection: close\r\n\r\n".encode())
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_no_request_fails_once_the_checks_have_found_a_slave_without_haproxy(front: Front) -> None:
    front.cluster.on("slave-2", "sudo systemctl stop haproxy")
    try:
        front.until(slave_1=HEALTHY, slave_2=UNHEALTHY)
        assert front.statuses() == {404}
    finally:
        front.cluster.on("slave-2", "sudo systemctl start haproxy")
    front.until(slave_1=HEALTHY, slave_2=HEALTHY)
    assert front.statuses() == {404}


def test_a_request_in_flight_outlives_the_deregistration_of_its_slave(front: Front) -> None:
    target = {"TargetGroupArn": front.group, "Targets": [{"Id": front.instances["slave-2"], "Port": 80}]}
    with half_a_request(front.address) as one, half_a_request(front.address) as other:  # each slave has one of them
        front.elb.deregister_targets(**target)
        try:
            front.until(slave_1=HEALTHY, slave_2=(DRAINING, "Target.DeregistrationInProgress"))
            for connection in (one, other):
                assert answer_to_the_rest(connection).startswith(b"HTTP/1.1 404")
            assert front.statuses() == {404}
        finally:
            front.elb.register_targets(**target)
    front.until(slave_1=HEALTHY, slave_2=HEALTHY)


def test_with_a_certificate_it_serves_https_and_port_80_redirects(front: Front) -> None:
    made = front.cluster.run(".venv/bin/python", "-m", "sandbox", "certificate", "example.com").stdout.strip()
    trusting = ssl.create_default_context(cafile=str(Home(front.cluster.folder).certificate))
    try:
        with configured(front.cluster, certificateArn=made, redirectHttp=True):
            front.cluster.up()

        def status() -> int:
            headers, extensions = {"Host": UNKNOWN}, {"sni_hostname": UNKNOWN}
            with httpx.Client(trust_env=False, verify=trusting, headers=headers) as client:
                try:
                    return client.get(f"https://{front.address}/", extensions=extensions).status_code
                except httpx.TransportError:
                    return 0

        until(lambda: status() == 404, "HAProxy answers by HTTPS")
        assert front.statuses() == {308}
    finally:
        front.cluster.up()
    assert front.statuses() == {404}
