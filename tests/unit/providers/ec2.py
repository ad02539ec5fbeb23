"""An EC2 API on loopback, and resources on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from sandbox.ami import AMI, AMIS
from tests.unit.providers.plugin import Provider, Resource

REGION = "eu-central-1"
CONFIG = {"region": REGION, "defaultTags": '{"tags": {"project": "apollo"}}'}
OTHER_TAGS = CONFIG | {"defaultTags": '{"tags": {"project": "other", "stack": "dev"}}'}

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
RESERVATION = "aws:ec2/subnetCidrReservation:SubnetCidrReservation"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
EIP = "aws:ec2/eip:Eip"
NAT = "aws:ec2/natGateway:NatGateway"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
KEY = "aws:ec2/keyPair:KeyPair"
INSTANCE = "aws:ec2/instance:Instance"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGETS = "aws:lb/targetGroup:TargetGroup"
ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
LISTENER = "aws:lb/listener:Listener"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBr4mtVdQLMFpXwsVMlnKLH8ZH2VQC1yU8eeGQ1aKyGk test"


@contextmanager
def moto_server() -> Iterator[str]:
    """Its URL while it runs."""
    # Read by moto as it is imported; its own list of thousands would be read again for each test.
    os.environ.setdefault("MOTO_AMIS_PATH", str(AMIS))
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def forget_everything(url: str) -> None:
    httpx.post(f"{url}/moto-api/reset").raise_for_status()


class Account:
    """A provider, the raw EC2 API beside it, and what most resources need."""

    def __init__(self, provider: Provider, ec2: Any) -> None:
        self.provider, self.ec2 = provider, ec2

    def resource(self, token: str, name: str = "thing") -> Resource:
        return Resource(self.provider, token, name)

    async def made(self, token: str, name: str = "thing", **inputs: Any) -> Resource:
        resource = self.resource(token, name)
        await resource.create(**inputs)
        return resource

    async def inputs_of(self, token: str) -> dict[str, Any]:
        """Good inputs for a token, whose dependencies are made."""
        return {key: await self._filled(value) for key, value in INPUTS[token].items()}

    async def _filled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [await self._filled(item) for item in value]
        if isinstance(value, dict):
            return {key: await self._filled(item) for key, item in value.items()}
        if not isinstance(value, str) or value not in INPUTS:
            return value
        if value == VPC:  # what belongs together shares one
            found = self.ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]
            if found:
                return found[0]["VpcId"]
        return (await self.made(value, "needed", **await self.inputs_of(value))).id


INPUTS: dict[str, dict[str, Any]] = {
    VPC: {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "apollo"}},
    SUBNET: {"vpcId": VPC, "cidrBlock": "10.0.1.0/24", "availabilityZone": f"{REGION}a", "mapPublicIpOnLaunch": True},
    RESERVATION: {
        **{"subnetId": SUBNET, "cidrBlock": "10.0.1.0/25", "reservationType": "explicit"},
        "description": "the planned addresses",
    },
    GATEWAY: {"vpcId": VPC},
    TABLE: {"vpcId": VPC},
    ROUTE: {"routeTableId": TABLE, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": GATEWAY},
    EIP: {"domain": "vpc", "tags": {"Name": "apollo-bastion"}},
    NAT: {"subnetId": SUBNET, "allocationId": EIP, "tags": {"Name": "apollo"}},
    ASSOCIATION: {"routeTableId": TABLE, "subnetId": SUBNET},
    DEFAULT_GROUP: {"vpcId": VPC},
    GROUP: {"vpcId": VPC, "description": "nodes"},
    INGRESS: {
        **{"securityGroupId": GROUP, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22},
        **{"cidrIpv4": "192.0.2.0/24", "description": "ssh"},
    },
    EGRESS: {"securityGroupId": GROUP, "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"},
    KEY: {"publicKey": PUBLIC_KEY},
    INSTANCE: {
        **{"ami": AMI, "instanceType": "t3.small", "subnetId": SUBNET, "privateIp": "10.0.1.10"},
        **{"vpcSecurityGroupIds": [GROUP], "userData": "#cloud-config\n", "keyName": KEY},
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 20, "encrypted": True},
        "tags": {"Name": "slave-1", "role": "slave"},
    },
    BALANCER: {
        **{"loadBalancerType": "network", "subnets": [SUBNET], "securityGroups": [GROUP]},
        **{"enableCrossZoneLoadBalancing": True, "tags": {"role": "balancer"}},
    },
    TARGETS: {
        **{"port": 80, "protocol": "TCP", "vpcId": VPC, "deregistrationDelay": 30},
        "healthCheck": {"protocol": "HTTP", "path": "/health", "interval": 10, "matcher": "200"},
    },
    ATTACHMENT: {"targetGroupArn": TARGETS, "targetId": INSTANCE, "port": 80},
    LISTENER: {
        **{"loadBalancerArn": BALANCER, "port": 80, "protocol": "TCP"},
        "defaultActions": [{"type": "forward", "targetGroupArn": TARGETS}],
    },
}
