"""An account with a VPC, behind the daemon's rules, as boto3 sees it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.ami import AMI
from sandbox.cloud.limits import Limits
from tests.unit.sandbox.api import client, reconciler_in, serving

VPC = "198.18.0.0/16"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Account:
    """A region of its own: a VPC with an attached gateway, and a subnet in each of two zones."""

    ec2: Any
    elbv2: Any
    limits: Limits

    @cached_property
    def vpc(self) -> str:
        return str(self.ec2.create_vpc(CidrBlock=VPC)["Vpc"]["VpcId"])

    @cached_property
    def gateway(self) -> str:
        gateway = str(self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        return gateway

    @cached_property
    def subnets(self) -> tuple[str, str]:
        return self.new_subnet("198.18.0.0/20", "a"), self.new_subnet("198.18.16.0/20", "b")

    def new_subnet(self, cidr: str, zone: str = "a") -> str:
        place = {"VpcId": self.vpc, "AvailabilityZone": f"{self.ec2.meta.region_name}{zone}"}
        return str(self.ec2.create_subnet(CidrBlock=cidr, **place)["Subnet"]["SubnetId"])

    def group(self, vpc: str = "") -> str:
        """A new security group."""
        name = f"group-{next(_NUMBERS)}"
        made = self.ec2.create_security_group(GroupName=name, Description="a group", VpcId=vpc or self.vpc)
        return str(made["GroupId"])

    def allow(self, group: str, **permission: Any) -> None:
        """Add an ingress rule: TCP port 80 from everywhere, unless `permission` differs."""
        everywhere = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        given = {key: value for key, value in (everywhere | permission).items() if value is not None}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[given])

    def run(self, **request: Any) -> str:
        """A new instance; its id."""
        given = {"MinCount": 1, "MaxCount": 1, "ImageId": AMI, "SubnetId": self.subnets[0]} | request
        return str(self.ec2.run_instances(**given)["Instances"][0]["InstanceId"])

    def running(self, **request: Any) -> str:
        """A new instance that runs."""
        instance = self.run(**request)
        self.ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 0.05})
        return instance

    def terminate(self, instance: str) -> None:
        self.ec2.terminate_instances(InstanceIds=[instance])
        self.ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 0.05})

    def balance(self, name: str, **request: Any) -> str:
        """A new network load balancer; its ARN."""
        given = {"Type": "network", "Subnets": [self.subnets[0]]} | request
        return str(self.elbv2.create_load_balancer(Name=name, **given)["LoadBalancers"][0]["LoadBalancerArn"])


def refusal(call: Callable[[], Any]) -> str:
    """The code and the message of the error that `call` ends in; "" where it ends well."""
    try:
        call()
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return ""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Account]:
    regions = {"instances": "eu-north-1", "networks": "eu-west-1", "groups": "eu-west-2", "balancers": "eu-west-3"}
    region = regions.get(request.module.__name__.rsplit("_", 1)[1], "us-west-2")
    with serving(reconciler_in(tmp_path_factory.mktemp("home"))) as (endpoint, front):
        yield Account(client("ec2", endpoint, region), client("elbv2", endpoint, region), front.limits)
