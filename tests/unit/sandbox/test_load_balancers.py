"""Load balancers follow the API's records, and the API reports what they do; no process runs here."""

import queue
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.ami import AMI
from sandbox.balancing.spec import Health, Order, Report
from sandbox.cloud.certificate import import_certificate
from sandbox.cloud.load_balancers import LoadBalancers
from sandbox.cloud.site import Site
from sandbox.home import Home

REGION = "us-west-2"
CHECK = {
    "HealthCheckProtocol": "HTTP",
    "HealthCheckPath": "/health",
    "HealthCheckIntervalSeconds": 10,
    "HealthCheckTimeoutSeconds": 5,
    "HealthyThresholdCount": 3,
    "UnhealthyThresholdCount": 2,
    "Matcher": {"HttpCode": "200"},
}


class FakeProcess:
    """Keeps the orders, and answers each with a report of `problem`."""

    problem = ""
    made: "queue.Queue[FakeProcess]"

    def __init__(self, home: Home, name: str, report: Callable[[Report], None]) -> None:
        self.netns, self.name, self.report = home.netns(name), name, report
        self.orders: queue.Queue[Order | None] = queue.Queue()
        FakeProcess.made.put(self)

    def follow(self, order: Order, prefixlen: int) -> None:
        assert prefixlen == 16
        self.report(Report(problem=self.problem))
        self.orders.put(order)

    def alive(self) -> bool:
        return not self.problem

    def remove(self) -> None:
        self.orders.put(None)


class NoSite(Site):
    def up(self, vpc: IPv4Network) -> None:
        assert vpc == IPv4Network("10.0.0.0/16")


class Cloud:
    """The API, with a network load balancer in two subnets; the last half of each subnet is reserved."""

    def __init__(self, home: Home) -> None:
        self.ec2, self.elb = (boto3.client(service, region_name=REGION) for service in ("ec2", "elbv2"))
        self.balancers = LoadBalancers(home, NoSite(home), FakeProcess)  # type: ignore[arg-type]
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{third}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for third, zone in enumerate("ab")
        ]
        for third, subnet in enumerate(self.subnets):
            self.ec2.create_subnet_cidr_reservation(
                SubnetId=subnet, Cidr=f"10.0.{third}.128/25", ReservationType="explicit"
            )
        self.group = self.ec2.create_security_group(GroupName="any", Description="any", VpcId=self.vpc)["GroupId"]
        made = self.elb.create_load_balancer(
            Name="balancer", Type="network", Subnets=self.subnets, SecurityGroups=[self.group]
        )
        self.arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        self.targets = self.elb.create_target_group(
            Name="slaves", Protocol="TCP", Port=80, VpcId=self.vpc, TargetType="instance", **CHECK
        )["TargetGroups"][0]["TargetGroupArn"]

    def _subnet(self, start: str, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{start}.0/24", AvailabilityZone=zone)["Subnet"]
        self.ec2.create_subnet_cidr_reservation(
            SubnetId=made["SubnetId"], Cidr=f"{start}.128/25", ReservationType="explicit"
        )
        return str(made["SubnetId"])

    def run(self, subnet: int, address: str) -> str:
        made = self.ec2.run_instances(
            ImageId=AMI, MinCount=1, MaxCount=1, SubnetId=self.subnets[subnet], PrivateIpAddress=address
        )
        return str(made["Instances"][0]["InstanceId"])

    def register(self, *names: str) -> None:
        self.elb.register_targets(TargetGroupArn=self.targets, Targets=[{"Id": name} for name in names])

    def listen(self, port: int = 80, **more: Any) -> None:
        self.elb.create_listener(
            LoadBalancerArn=self.arn,
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}],
            **{"Protocol": "TCP", **more},
        )

    def follow(self) -> FakeProcess:
        """The process, once the API's records are its orders."""
        self.balancers.follow()
        return FakeProcess.made.get(timeout=20)

    def order(self) -> Order:
        found = self.follow().orders.get(timeout=20)
        assert found
        return found

    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.elb.describe_load_balancers(LoadBalancerArns=[self.arn])["LoadBalancers"][0]
        return found

    def health(self, *names: str) -> dict[str, tuple[str, str]]:
        """State and reason of the targets with these names, of all that are listed without a name."""
        targets = {"Targets": [{"Id": name} for name in names]} if names else {}
        found = self.elb.describe_target_health(TargetGroupArn=self.targets, **targets)["TargetHealthDescriptions"]
        return {
            each["Target"]["Id"]: (each["TargetHealth"]["State"], each["TargetHealth"].get("Reason", ""))
            for each in found
        }


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setattr(FakeProcess, "made", queue.Queue(), raising=False)
    monkeypatch.setattr("sandbox.cloud.load_balancers.RESTART_SECONDS", 0)
    with mock_aws():
        made = Cloud(Home(tmp_path))
        try:
            yield made
        finally:
            for thread in made.balancers.end():
                thread.join(20)


def test_an_order_has_the_listeners_the_targets_and_the_settings_that_the_api_has(cloud: Cloud) -> None:
    one, two = cloud.run(0, "10.0.0.10"), cloud.run(1, "10.0.1.10")
    cloud.register(one, two)
    cloud.listen()
    cloud.elb.modify_target_group_attributes(
        TargetGroupArn=cloud.targets,
        Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "60"},
            {"Key": "deregistration_delay.connection_termination.enabled", "Value": "true"},
        ],
    )
    order = cloud.order()
    assert order.model_dump(mode="json") == {
        "addresses": {f"{REGION}a": "10.0.0.127", f"{REGION}b": "10.0.1.127"},
        "listeners": [{"port": 80, "group": cloud.targets, "certificate": "", "key": ""}],
        "groups": [
            {
                "name": cloud.targets,
                "check": {
                    **{"protocol": "HTTP", "port": 0, "path": "/health", "codes": "200"},
                    **{"interval": 10.0, "timeout": 5.0, "healthy": 3, "unhealthy": 2},
                },
                "targets": [
                    {"name": one, "address": "10.0.0.10", "port": 80, "zone": f"{REGION}a"},
                    {"name": two, "address": "10.0.1.10", "port": 80, "zone": f"{REGION}b"},
                ],
                **{"drain": 60.0, "end_drained": True, "end_unhealthy": True, "cross_zone": False},
            }
        ],
    }


@pytest.mark.parametrize(
    ("by_balancer", "by_group", "expected"),
    [("true", None, True), ("false", None, False), ("true", "false", False), ("false", "true", True)],
)
def test_a_target_group_s_own_cross_zone_setting_takes_precedence(
    cloud: Cloud, by_balancer: str, by_group: str | None, expected: bool
) -> None:
    key = "load_balancing.cross_zone.enabled"
    cloud.listen()
    cloud.elb.modify_load_balancer_attributes(
        LoadBalancerArn=cloud.arn, Attributes=[{"Key": key, "Value": by_balancer}]
    )
    if by_group:
        cloud.elb.modify_target_group_attributes(
            TargetGroupArn=cloud.targets, Attributes=[{"Key": key, "Value": by_group}]
        )
    assert cloud.order().groups[0].cross_zone is expected


def test_an_address_is_one_that_nothing_has_and_no_reservation_holds_until_the_end(cloud: Cloud) -> None:
    cloud.run(0, "10.0.0.127")
    process = cloud.follow()
    order = process.orders.get(timeout=20)
    assert order
    assert list(map(str, order.addresses.values())) == ["10.0.0.126", "10.0.1.127"]
    assert cloud.described()["DNSName"] == "10.0.0.126"
    interfaces = cloud.ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [cloud.group]}])
    held = {each["PrivateIpAddress"]: each["Description"] for each in interfaces["NetworkInterfaces"]}
    assert held.keys() == {"10.0.0.126", "10.0.1.127"}
    assert all(description.startswith("ELB net/balancer/") for description in held.values())

    cloud.elb.delete_load_balancer(LoadBalancerArn=cloud.arn)
    cloud.balancers.follow()
    assert process.orders.get(timeout=20) is None, "its process is removed"
    assert not [
        each
        for each in cloud.ec2.describe_network_interfaces()["NetworkInterfaces"]
        if each["Description"].startswith("ELB")
    ]


def test_other_security_groups_of_it_are_those_of_its_interfaces(cloud: Cloud) -> None:
    cloud.follow()
    other = cloud.ec2.create_security_group(GroupName="other", Description="other", VpcId=cloud.vpc)["GroupId"]
    cloud.elb.set_security_groups(LoadBalancerArn=cloud.arn, SecurityGroups=[other])
    cloud.balancers.follow()
    found = cloud.ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [other]}])
    assert len(found["NetworkInterfaces"]) == 2


def test_it_is_provisioning_until_it_listens_and_failed_where_it_cannot(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeProcess, "problem", "no room")
    process = cloud.follow()
    process.orders.get(timeout=20)
    assert cloud.described()["State"]["Code"] == "failed"
    monkeypatch.setattr(FakeProcess, "problem", "")
    for _ in range(3):  # the keeper tries again, by itself
        process.orders.get(timeout=20)
        if cloud.described()["State"]["Code"] == "active":
            break
    assert cloud.described()["State"]["Code"] == "active"
    process.report(Report(problem="it has not started yet"))
    assert cloud.described()["State"]["Code"] == "provisioning"


@pytest.mark.parametrize(
    ("seen", "answer"),
    [
        (None, ("initial", "Elb.RegistrationInProgress")),
        (("initial", "Elb.InitialHealthChecking"), ("initial", "Elb.InitialHealthChecking")),
        (("healthy", ""), ("healthy", "")),
        (("unhealthy", "Target.FailedHealthChecks"), ("unhealthy", "Target.FailedHealthChecks")),
    ],
)
def test_the_api_answers_the_health_that_the_load_balancer_sees(
    cloud: Cloud, seen: tuple[Any, str] | None, answer: tuple[str, str]
) -> None:
    target = cloud.run(0, "10.0.0.10")
    cloud.register(target)
    cloud.listen()
    process = cloud.follow()
    process.orders.get(timeout=20)
    if seen:
        health = Health(group=cloud.targets, target=target, state=seen[0], reason=seen[1])
        process.report(Report(health=(health, Health(group="another", target=target, state="draining"))))
    assert cloud.health() == {target: answer}


def test_a_target_without_connections_is_unused_with_aws_s_reason(cloud: Cloud) -> None:
    target, stopped = cloud.run(0, "10.0.0.10"), cloud.run(0, "10.0.0.11")
    cloud.register(target, stopped)
    process = cloud.follow()
    process.orders.get(timeout=20)
    assert cloud.health(target) == {target: ("unused", "Target.NotInUse")}, "no listener leads to the group"
    cloud.listen()
    cloud.ec2.stop_instances(InstanceIds=[stopped])
    cloud.balancers.follow()
    orders = process.orders.get(timeout=20)
    assert orders
    assert [each.name for each in orders.groups[0].targets] == [target]
    process.report(Report(health=(Health(group=cloud.targets, target=stopped, state="draining"),)))
    assert cloud.health(stopped) == {stopped: ("unused", "Target.InvalidState")}
    cloud.elb.deregister_targets(TargetGroupArn=cloud.targets, Targets=[{"Id": target}])
    assert cloud.health(target) == {target: ("unused", "Target.NotRegistered")}
    draining = Health(group=cloud.targets, target=target, state="draining", reason="Target.DeregistrationInProgress")
    process.report(Report(health=(draining,)))
    assert cloud.health()[target] == ("draining", "Target.DeregistrationInProgress")


def test_a_tls_listener_has_a_certificate_of_acm_and_is_refused_without(cloud: Cloud) -> None:
    made = import_certificate("example.com", REGION)
    cloud.listen(443, Protocol="TLS", Certificates=[{"CertificateArn": made["arn"]}])
    (listener,) = cloud.order().listeners
    assert made["pem"].strip() in listener.certificate
    assert "PRIVATE KEY" in listener.key
    assert "PRIVATE KEY" not in repr(listener)
    with pytest.raises(ClientError, match="CertificateNotFound"):
        cloud.listen(444, Protocol="TLS", Certificates=[{"CertificateArn": f"{made['arn']}0"}])
