"""The sandbox's AWS provider over an EC2 API: each kind of resource through its life."""

import asyncio
import base64
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from infra.config.operating_systems import OPERATING_SYSTEMS
from sandbox.providers.aws.provider import KINDS
from sandbox.providers.values import UNKNOWN, plain
from tests.unit.providers import ec2
from tests.unit.providers.ec2 import INPUTS, Account, forget_everything, moto_server
from tests.unit.providers.plugin import Failed, Provider, Refused, plugin, provider_at

TOKENS = sorted(INPUTS)
PARAMETER = OPERATING_SYSTEMS["debian-13"].image_parameter
FUNCTION = "aws:ssm/getParameter:getParameter"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    with moto_server() as url, pytest.MonkeyPatch.context() as environment:
        for name, value in zip(names, (url, "sandbox", "sandbox"), strict=True):
            environment.setenv(name, value)
        yield url


@contextmanager
def _configured(config: dict[str, str]) -> Iterator[int]:
    async def configure(port: int) -> None:
        async with provider_at(port) as provider:
            await provider.configure(**config)

    with plugin("aws") as port:
        asyncio.run(configure(port))
        yield port


@pytest.fixture(scope="module")
def port(endpoint: str) -> Iterator[int]:  # noqa: ARG001
    """One plugin for all tests, since a client of boto3 takes half a second."""
    with _configured(ec2.CONFIG) as port:
        yield port


@pytest.fixture(scope="module")
def other_port(endpoint: str) -> Iterator[int]:  # noqa: ARG001
    with _configured(ec2.OTHER_TAGS) as port:
        yield port


@pytest.fixture
async def other_tags(other_port: int) -> AsyncIterator[Provider]:
    """The same account with other default tags."""
    async with provider_at(other_port) as provider:
        yield provider


@pytest.fixture(scope="module")
def raw(endpoint: str) -> Any:  # noqa: ARG001
    return boto3.client("ec2", region_name=ec2.REGION)


@pytest.fixture
async def account(endpoint: str, port: int, raw: Any) -> AsyncIterator[Account]:
    """Over an API that has forgotten everything."""
    forget_everything(endpoint)
    async with provider_at(port) as provider:
        yield Account(provider, raw)


@pytest.fixture
async def unconfigured() -> AsyncIterator[Provider]:
    """Where no API answers."""
    with plugin("aws", AWS_ENDPOINT_URL="http://127.0.0.1:1") as port:
        async with provider_at(port) as provider:
            yield provider


def test_every_kind_has_inputs_here() -> None:
    assert set(TOKENS) == set(KINDS)


@pytest.mark.parametrize("token", TOKENS)
async def test_a_resource_is_created_with_its_computed_outputs_and_deleted(account: Account, token: str) -> None:
    inputs = await account.inputs_of(token)
    resource = await account.made(token, **inputs)
    assert resource.id
    assert set(KINDS[token].computed) <= set(resource.state)
    assert {key: resource.state[key] for key in inputs} == inputs
    identity, live_inputs, _ = await resource.read()
    assert identity == resource.id
    assert live_inputs == plain(resource.inputs)
    await resource.delete()
    # AWS deletes the default group with its VPC alone.
    assert (await resource.read())[0] == (resource.id if token == ec2.DEFAULT_GROUP else "")
    await resource.delete()  # once more: what is gone is deleted


@pytest.mark.parametrize("token", TOKENS)
async def test_the_same_inputs_are_no_difference_before_and_after_a_refresh(account: Account, token: str) -> None:
    inputs = await account.inputs_of(token)
    resource = await account.made(token, **inputs)
    assert (await resource.diff(**inputs)).changes is False
    await resource.refresh()
    answer = await resource.diff(**inputs)
    assert (answer.diffs, answer.changes) == ([], False)
    assert plain(resource.inputs) == plain(await resource.check(**inputs))


def _of_another(value: Any) -> bool:
    """Whether it is, or holds, the id of another resource."""
    return any(token in str(value) for token in INPUTS)


@pytest.mark.parametrize("token", TOKENS)
async def test_a_preview_creates_nothing_and_leaves_computed_outputs_unknown(account: Account, token: str) -> None:
    inputs = {key: UNKNOWN if _of_another(value) else value for key, value in INPUTS[token].items()}
    state = await account.resource(token).create(preview=True, **inputs)
    for key in set(KINDS[token].computed) - set(inputs):
        assert state[key] == UNKNOWN
    assert account.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"] == []


@pytest.mark.parametrize(
    ("token", "change", "replaced"),
    [
        (ec2.VPC, {"cidrBlock": "10.9.0.0/16"}, ["cidrBlock"]),
        (ec2.VPC, {"enableDnsHostnames": False}, []),
        (ec2.SUBNET, {"cidrBlock": "10.0.2.0/24"}, ["cidrBlock"]),
        (ec2.ROUTE, {"destinationCidrBlock": "10.9.0.0/16"}, ["destinationCidrBlock"]),
        (ec2.GROUP, {"description": "other"}, ["description"]),
        (ec2.INGRESS, {"securityGroupId": "sg-other"}, ["securityGroupId"]),
        (ec2.KEY, {"publicKey": ec2.PUBLIC_KEY.replace("test", "other")}, ["publicKey"]),
        (ec2.INSTANCE, {"privateIp": "10.0.1.11"}, ["privateIp"]),
        (ec2.INSTANCE, {"subnetId": UNKNOWN}, ["subnetId"]),
        (ec2.INSTANCE, {"instanceType": "t3.large"}, []),
        (ec2.INSTANCE, {"userData": "#cloud-config\n# more\n"}, []),
        (ec2.INSTANCE, {"tags": {"Name": "slave-2"}}, []),
        (ec2.BALANCER, {"enableCrossZoneLoadBalancing": False}, []),
        (ec2.TARGETS, {"port": 81}, ["port"]),
        (ec2.ATTACHMENT, {"targetId": "i-other"}, ["targetId"]),
        (ec2.LISTENER, {"port": 81}, []),
    ],
)
async def test_what_cannot_change_in_place_is_replaced(
    account: Account, token: str, change: dict[str, Any], replaced: list[str]
) -> None:
    inputs = await account.inputs_of(token)
    resource = await account.made(token, **inputs)
    answer = await resource.diff(**inputs | change)
    assert answer.changes
    assert answer.replaces == replaced


@pytest.mark.parametrize("token", [token for token in TOKENS if KINDS[token].taggable])
async def test_default_tags_are_on_everything_and_a_change_of_theirs_is_an_update(
    account: Account, other_tags: Provider, token: str
) -> None:
    inputs = await account.inputs_of(token)
    resource = await account.made(token, **inputs)
    own = inputs.get("tags", {})
    assert (await resource.read())[2]["tagsAll"] == {**own, "project": "apollo"}
    resource.provider = other_tags
    assert (await resource.diff(**inputs)).diffs == ["tags"]
    await resource.update(**inputs)
    assert (await resource.read())[2]["tagsAll"] == {**own, "project": "other", "stack": "dev"}
    assert (await resource.diff(**inputs)).changes is False


async def test_tags_follow_the_program_whatever_is_changed_elsewhere(account: Account) -> None:
    inputs = await account.inputs_of(ec2.VPC)
    vpc = await account.made(ec2.VPC, **inputs)
    account.ec2.create_tags(Resources=[vpc.id], Tags=[{"Key": "Name", "Value": "changed"}])
    await vpc.refresh()
    assert (await vpc.diff(**inputs)).diffs == ["tags"]
    assert (await vpc.update(**inputs | {"tags": {}}))["tagsAll"] == {"project": "apollo"}


@pytest.mark.parametrize("token", [ec2.BALANCER, ec2.TARGETS, ec2.LISTENER])
async def test_a_create_cut_off_before_its_result_was_written_finds_what_it_made(
    account: Account, token: str
) -> None:
    inputs = await account.inputs_of(token)
    first = await account.made(token, **inputs)
    again = await account.made(token, **inputs)
    assert again.id == first.id


async def test_an_instance_has_the_address_and_the_user_data_of_the_program(account: Account) -> None:
    instance = await account.made(ec2.INSTANCE, **await account.inputs_of(ec2.INSTANCE))
    found = account.ec2.describe_instances(InstanceIds=[instance.id])["Reservations"][0]["Instances"][0]
    assert (found["PrivateIpAddress"], found["State"]["Name"]) == ("10.0.1.10", "running")
    data = account.ec2.describe_instance_attribute(InstanceId=instance.id, Attribute="userData")["UserData"]["Value"]
    assert data == "I2Nsb3VkLWNvbmZpZwo="  # "#cloud-config\n"
    state = instance.state
    assert (state["publicIp"], state["privateIp"]) == ("10.0.1.10", "10.0.1.10")
    assert state["primaryNetworkInterfaceId"].startswith("eni-")
    assert state["availabilityZone"] == f"{ec2.REGION}a"


async def test_new_user_data_is_given_to_the_instance_while_it_is_stopped(account: Account) -> None:
    inputs = await account.inputs_of(ec2.INSTANCE)
    instance = await account.made(ec2.INSTANCE, **inputs)
    state = await instance.update(**inputs | {"userData": "#cloud-config\n# more\n"})
    found = account.ec2.describe_instance_attribute(InstanceId=instance.id, Attribute="userData")
    assert base64.b64decode(found["UserData"]["Value"]) == b"#cloud-config\n# more\n"
    assert state["instanceState"] == "running"


async def test_metadata_options_are_set_at_the_launch_and_follow_a_change(account: Account) -> None:
    inputs = await account.inputs_of(ec2.INSTANCE)
    instance = await account.made(ec2.INSTANCE, **inputs)
    for tokens in ("required", "optional"):
        await instance.update(**inputs | {"metadataOptions": inputs["metadataOptions"] | {"httpTokens": tokens}})
        found = account.ec2.describe_instances(InstanceIds=[instance.id])["Reservations"][0]["Instances"][0]
        options = {"HttpEndpoint": "enabled", "HttpTokens": tokens, "HttpPutResponseHopLimit": 1}
        assert options.items() <= found["MetadataOptions"].items()


async def test_an_instance_terminated_elsewhere_is_gone_after_a_refresh(account: Account) -> None:
    instance = await account.made(ec2.INSTANCE, **await account.inputs_of(ec2.INSTANCE))
    account.ec2.terminate_instances(InstanceIds=[instance.id])
    assert (await instance.read())[0] == ""


@pytest.mark.parametrize("token", [ec2.GROUP, ec2.DEFAULT_GROUP])
async def test_a_new_security_group_and_an_adopted_one_have_no_rules(account: Account, token: str) -> None:
    group = await account.made(token, **await account.inputs_of(token))
    found = account.ec2.describe_security_groups(GroupIds=[group.id])["SecurityGroups"][0]
    assert (found["IpPermissions"], found["IpPermissionsEgress"]) == ([], [])


@pytest.mark.parametrize("token", [ec2.GROUP, ec2.KEY])
async def test_a_resource_without_a_name_gets_one_and_keeps_it(account: Account, token: str) -> None:
    inputs, key = await account.inputs_of(token), KINDS[token].named
    resource = await account.made(token, "nodes", **inputs)
    assert resource.state[key].startswith("nodes-")
    assert len(resource.state[key]) == len("nodes-") + 7
    checked = await resource.check(**inputs | {"tags": {"a": "b"}})
    assert plain(checked)[key] == resource.state[key]


async def test_a_second_key_pair_of_a_name_is_refused_as_on_aws(account: Account) -> None:
    inputs = {"keyName": "login", "publicKey": ec2.PUBLIC_KEY}
    await account.made(ec2.KEY, **inputs)
    with pytest.raises(Failed, match=r"InvalidKeyPair\.Duplicate"):
        await account.made(ec2.KEY, "other", **inputs)


@pytest.mark.parametrize("token", TOKENS)
async def test_a_missing_input_is_found_by_check(account: Account, token: str) -> None:
    required = KINDS[token].required
    for missing in required:
        inputs = {key: value for key, value in INPUTS[token].items() if key != missing}
        with pytest.raises(Refused, match=f"missing required property '{missing}'"):
            await account.resource(token).check(**inputs)


async def test_a_token_that_is_not_served_is_an_error_that_names_it(account: Account) -> None:
    with pytest.raises(Failed, match="has no aws:s3/bucket:Bucket"):
        await account.resource("aws:s3/bucket:Bucket").check()


async def test_an_alias_in_a_hosted_zone_is_refused_with_the_key_to_remove(account: Account) -> None:
    with pytest.raises(Failed, match=r"^the sandbox has no Route 53: remove hostedZone from its config$"):
        await account.resource("aws:route53/record:Record").check()


@pytest.mark.parametrize(
    ("key", "value"), [("profile", "work"), ("assumeRoles", '[{"roleArn": "any"}]'), ("allowedAccountIds", '["1"]')]
)
async def test_another_account_or_role_is_refused_with_the_key_to_remove(
    key: str, value: str, unconfigured: Provider
) -> None:
    with pytest.raises(Failed, match=f"^the sandbox has one account and no roles: remove aws:{key} from its config$"):
        await unconfigured.configure(**{"region": ec2.REGION, key: value})


async def test_an_error_of_the_api_is_one_sentence(account: Account) -> None:
    with pytest.raises(Failed, match=r"^Invalid\w+\.NotFound: .*vpc-nowhere"):
        await account.made(ec2.SUBNET, **INPUTS[ec2.SUBNET] | {"vpcId": "vpc-nowhere"})


async def test_an_api_that_does_not_answer_is_an_error_with_what_to_do(unconfigured: Provider) -> None:
    account = Account(unconfigured, None)
    with pytest.raises(Failed, match="the sandbox does not answer"):
        await account.made(ec2.VPC, **INPUTS[ec2.VPC])


async def test_the_public_parameter_of_the_sandboxs_image_needs_no_running_sandbox(unconfigured: Provider) -> None:
    answer = await unconfigured.invoke(FUNCTION, name=PARAMETER)
    assert answer["value"].startswith("ami-")
    assert answer["name"] == PARAMETER


async def test_a_parameter_that_the_sandbox_does_not_have_is_an_error_that_names_its_image(account: Account) -> None:
    with pytest.raises(Failed, match=r"an image for os debian-12, debian-13, ubuntu-24.04 only"):
        await account.provider.invoke(FUNCTION, name="/aws/service/nope")


async def test_a_vpc_and_a_subnet_that_exist_are_read_by_their_ids(account: Account) -> None:
    subnet = await account.made(ec2.SUBNET, **await account.inputs_of(ec2.SUBNET))
    vpc = subnet.state["vpcId"]
    account.ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.8.0.0/16")
    read = await account.provider.invoke("aws:ec2/getVpc:getVpc", id=vpc)
    assert (read["id"], read["cidrBlock"], read["enableDnsSupport"]) == (vpc, "10.0.0.0/16", True)
    assert [(each["cidrBlock"], each["state"]) for each in read["cidrBlockAssociations"]] == [
        ("10.0.0.0/16", "associated"),
        ("10.8.0.0/16", "associated"),
    ]
    found = await account.provider.invoke("aws:ec2/getSubnet:getSubnet", id=subnet.id)
    shown = ("id", "vpcId", "cidrBlock", "availabilityZone", "mapPublicIpOnLaunch")
    assert [found[key] for key in shown] == [subnet.id, vpc, "10.0.1.0/24", f"{ec2.REGION}a", True]


@pytest.mark.parametrize(("function", "lost"), [("getVpc", "vpc-0123abcd"), ("getSubnet", "subnet-0123abcd")])
async def test_a_vpc_or_a_subnet_that_is_not_there_is_named(account: Account, function: str, lost: str) -> None:
    with pytest.raises(Failed, match=f"found: {lost}"):
        await account.provider.invoke(f"aws:ec2/{function}:{function}", id=lost)


def test_a_diff_loads_no_boto3() -> None:
    """A preview with nothing to change spends no half second on it."""
    code = "import sys, sandbox.providers.aws; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run((sys.executable, "-c", code), check=False).returncode == 0
