"""A VPC with hosts in it, as a client of the EC2 API sees it."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import boto3

from sandbox.ami import AMI

BOUND = 90.0  # seconds that anything here may take
USER_DATA = "#cloud-config\nwrite_files: [{path: /etc/from-user-data, content: hello}]\n"
METADATA = {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}


def until(condition: Callable[[], Any], what: str) -> Any:
    """The first true value of `condition`; fails naming `what` after BOUND."""
    end = time.monotonic() + BOUND
    while True:
        if value := condition():
            return value
        assert time.monotonic() < end, f"in {BOUND:.0f} s: {what}"
        time.sleep(0.05)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """`ec2` is boto3's client; hosts are started in `subnet` and logged in to with the private key in `key`.

    They are in the VPC's default security group, `group`, whose members reach each other, and this machine their SSH.
    """

    ec2: Any
    vpc: str
    group: str
    subnet: str
    key: Path

    @classmethod
    def make(cls, folder: Path, cidr: str) -> "Cluster":
        key = folder / "key"
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        ec2 = boto3.session.Session().client("ec2")
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr.replace("/16", "/20"))["Subnet"]["SubnetId"]
        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        (default,) = ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"]
        # The first is AWS's own, which moto's default group lacks.
        members = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": default["GroupId"]}]}
        machine = {"IpRanges": [{"CidrIp": f"{IPv4Network(cidr)[1]}/32"}]}
        login = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **machine}
        ec2.authorize_security_group_ingress(GroupId=default["GroupId"], IpPermissions=[members, login])
        ec2.import_key_pair(KeyName="tests", PublicKeyMaterial=key.with_suffix(".pub").read_bytes())
        return cls(ec2=ec2, vpc=vpc, group=default["GroupId"], subnet=subnet, key=key)

    def run(self, name: str, address: str) -> str:
        """Start an instance; returns its id."""
        made = self.ec2.run_instances(
            ImageId=AMI,
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnet,
            PrivateIpAddress=address,
            KeyName="tests",
            UserData=USER_DATA,
            MetadataOptions=METADATA,
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
        )
        return str(made["Instances"][0]["InstanceId"])

    def state(self, instance: str) -> str:
        found = self.ec2.describe_instances(InstanceIds=[instance])
        return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])

    def terminate(self, instance: str) -> None:
        """Terminate it, and wait until it is."""
        self.ec2.terminate_instances(InstanceIds=[instance])
        until(lambda: self.state(instance) == "terminated", f"{instance} terminated")

    def ssh(self, address: str, command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command on a host, whatever its end."""
        options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        options += ["ConnectTimeout=5", "IdentitiesOnly=yes"]
        words = [word for option in options for word in ("-o", option)]
        login = ["ssh", "-F", "none", "-i", str(self.key), *words, f"admin@{address}", command]
        return subprocess.run(login, capture_output=True, text=True, check=False, timeout=BOUND)

    def output(self, address: str, command: str) -> str:
        """What a command that must succeed prints."""
        done = self.ssh(address, command)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def until_running(self, address: str) -> None:
        """Wait until a host can be logged in to and says that its start-up is complete, nothing failed."""
        said = until(
            lambda: self.ssh(address, "systemctl is-system-running --wait").stdout.strip(), f"login on {address}"
        )
        assert said == "running", self.ssh(address, "systemctl --failed").stdout
