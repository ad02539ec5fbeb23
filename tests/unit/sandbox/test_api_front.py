"""The EC2 API in front of the hosts, as boto3 sees it: a real server on loopback, and hosts that are processes."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from sandbox.ami import AMI
from sandbox.cloud.reconcile import Reconciler
from sandbox.hosts.host import Host
from sandbox.metadata.instance import Options
from tests.unit.providers.plugin import Failed, Resource, plugin, provider_at
from tests.unit.sandbox.api import KEY, client, hosts_of, reconciler_in, serving
from tests.unit.sandbox.fake_host import FakeHost

REGION, ADDRESS = "eu-north-1", "198.18.0.10"
TAGS = {"project": "apollo", "stack": "sandbox", "Name": "slave-1"}
LIVE = ["pending", "running", "stopping", "stopped"]
SOON = {"Delay": 0.05, "MaxAttempts": 400}


class LastingHost(FakeHost):
    """Its power goes only when the test allows it."""

    allowed = threading.Event()

    def cut(self) -> None:
        assert self.allowed.wait(20)
        super().cut()


@pytest.fixture(scope="module")
def reconciler(tmp_path_factory: pytest.TempPathFactory) -> Reconciler:
    return reconciler_in(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def ec2(reconciler: Reconciler) -> Iterator[Any]:
    with serving(reconciler) as (endpoint, _):
        yield client("ec2", endpoint, REGION)


@pytest.fixture(scope="module")
def subnet(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="198.18.0.0/16")["Vpc"]["VpcId"]
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock="198.18.0.0/20")["Subnet"]["SubnetId"])


def run(ec2: Any, subnet: str, address: str = ADDRESS, stack: str = "sandbox", **more: Any) -> str:
    pairs = [{"Key": key, "Value": value} for key, value in (TAGS | {"stack": stack}).items()]
    made = ec2.run_instances(
        **{"MinCount": 1, "MaxCount": 1, "ImageId": AMI, "SubnetId": subnet, "PrivateIpAddress": address},
        TagSpecifications=[{"ResourceType": "instance", "Tags": pairs}],
        **more,
    )
    return str(made["Instances"][0]["InstanceId"])


def tagged(ec2: Any, **tags: str) -> list[str]:
    """Live instances with these tags, and with the project's."""
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in ({"project": "apollo"} | tags).items()]
    filters.append({"Name": "instance-state-name", "Values": LIVE})
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
    return [each["InstanceId"] for page in pages for group in page["Reservations"] for each in group["Instances"]]


def terminate(ec2: Any, *instances: str) -> None:
    ec2.terminate_instances(InstanceIds=list(instances))
    ec2.get_waiter("instance_terminated").wait(InstanceIds=list(instances), WaiterConfig=SOON)


def test_an_instance_is_found_by_its_tags_as_soon_as_it_exists_and_no_longer_once_it_is_terminated(
    ec2: Any, subnet: str
) -> None:
    """A create that was cut off has written no id anywhere: the tags are all that leads to the instance."""
    mine = run(ec2, subnet)
    other = run(ec2, subnet, "198.18.0.11", stack="other")
    assert tagged(ec2, stack="sandbox") == [mine]
    assert tagged(ec2, stack="other") == [other]
    assert tagged(ec2, stack="sandbox", Name="slave-2") == []
    terminate(ec2, mine, other)
    assert (tagged(ec2, stack="sandbox"), tagged(ec2, stack="other")) == ([], [])


def test_an_address_is_in_use_until_its_instance_is_terminated_and_free_from_then_on(
    ec2: Any, subnet: str, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "make_host", hosts_of(LastingHost))
    LastingHost.allowed.clear()
    first = run(ec2, subnet)
    ec2.get_waiter("instance_running").wait(InstanceIds=[first], WaiterConfig=SOON)
    ec2.terminate_instances(InstanceIds=[first])
    with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
        run(ec2, subnet)
    LastingHost.allowed.set()
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[first], WaiterConfig=SOON)
    second = run(ec2, subnet)
    ec2.get_waiter("instance_running").wait(InstanceIds=[second], WaiterConfig=SOON)
    terminate(ec2, second)


def test_an_instance_that_cannot_be_a_host_is_terminated_with_a_reason_and_frees_its_address(
    ec2: Any, subnet: str, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Host:
        raise OSError("no room")

    monkeypatch.setattr(reconciler, "make_host", refuse)
    broken = run(ec2, subnet)
    found = ec2.describe_instances(InstanceIds=[broken])["Reservations"][0]["Instances"][0]
    assert (found["State"]["Name"], "no room" in found["StateReason"]["Message"]) == ("terminated", True)
    monkeypatch.undo()
    terminate(ec2, run(ec2, subnet))


async def test_an_up_fails_with_the_last_words_of_a_host_that_does_not_boot(
    ec2: Any, subnet: str, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "make_host", lambda home, spec: FakeHost(home, spec, bootable=False))
    environment = {
        "AWS_ENDPOINT_URL": ec2.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    with plugin("aws", **environment) as port:
        async with provider_at(port) as provider:
            await provider.configure(region=REGION)
            instance = Resource(provider, "aws:ec2/instance:Instance", "slave-1")
            with pytest.raises(Failed, match=r"is terminated and not running: .*the host did not boot: no such base"):
                await instance.create(ami=AMI, instanceType="t3.small", subnetId=subnet, privateIp=ADDRESS)


def test_an_instances_metadata_follows_the_api(ec2: Any, subnet: str, reconciler: Reconciler) -> None:
    options = {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    made = run(ec2, subnet, UserData="#cloud-config\n", MetadataOptions=options)
    found = reconciler.instance_at(ADDRESS)
    assert found
    assert (found.instance_id, found.user_data, found.subnet_cidr) == (made, b"#cloud-config\n", "198.18.0.0/20")
    assert found.options == Options(enabled=True, tokens_required=True, hop_limit=1)
    options = {"HttpEndpoint": "disabled", "HttpTokens": "optional", "HttpPutResponseHopLimit": 2}
    ec2.modify_instance_metadata_options(InstanceId=made, **options)
    found = reconciler.instance_at(ADDRESS)
    assert found
    assert found.options == Options(enabled=False, tokens_required=False, hop_limit=2)
    terminate(ec2, made)
    assert reconciler.instance_at(ADDRESS) is None


def test_a_client_without_the_sandboxs_key_is_refused(ec2: Any) -> None:
    with pytest.raises(ClientError, match=r"AuthFailure.*make sandbox-env"):
        client("ec2", ec2.meta.endpoint_url, REGION, "SOMEBODYELSE").describe_instances()


@pytest.mark.parametrize(
    ("service", "call", "code", "action"),
    [
        ("ec2", "describe_regions", "UnauthorizedOperation", "ec2:DescribeRegions"),
        ("elbv2", "describe_ssl_policies", "AccessDenied", "elasticloadbalancing:DescribeSSLPolicies"),
    ],
)
def test_an_action_that_the_policy_does_not_allow_is_refused_with_awss_code(
    ec2: Any, service: str, call: str, code: str, action: str
) -> None:
    with pytest.raises(ClientError, match=f"not authorized to perform: {action} because") as refused:
        getattr(client(service, ec2.meta.endpoint_url, REGION), call)()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_sandbox_lists_the_actions_that_it_allowed(ec2: Any) -> None:
    ec2.describe_vpcs()
    key = {"Authorization": f"Credential={KEY}/-/-/sandbox/"}
    used = httpx.get(f"{ec2.meta.endpoint_url}/sandbox/actions", headers=key).json()
    assert "ec2:DescribeVpcs" in used
    assert "ec2:DescribeRegions" not in used
