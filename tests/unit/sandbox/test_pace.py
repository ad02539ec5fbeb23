"""An API and hosts that take their time."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.cloud.api_front import ApiFront
from sandbox.cloud.pace import Pace, late_sshd
from tests.unit.providers import ec2
from tests.unit.providers.plugin import Resource, plugin, provider_at
from tests.unit.sandbox.api import KEY, client, reconciler_in, serving
from tests.unit.sandbox.rules.conftest import refusal

REGION = "ap-south-1"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ApiFront]]:
    with serving(reconciler_in(tmp_path_factory.mktemp("home"))) as served:
        yield served


@pytest.fixture
def front(served: tuple[str, ApiFront]) -> Iterator[ApiFront]:
    yield served[1]
    for name in served[1].pace.rows():
        served[1].pace.change(f"{name}=")


def post(url: str, path: str) -> httpx.Response:
    return httpx.post(f"{url}/sandbox/{path}", headers={"Authorization": f"Credential={KEY}/-/-/sandbox/"})


def test_each_action_has_a_bucket_of_its_own_that_fills_as_time_passes() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert not pace.too_many("ec2:RunInstances")
    pace.change("burst=2")
    assert [pace.too_many("ec2:RunInstances") for _ in range(3)] == [False, False, True]
    assert not pace.too_many("ec2:CreateVpc")
    now = 0.5
    assert [pace.too_many("ec2:RunInstances") for _ in range(2)] == [False, True]
    now = 60.0
    assert [pace.too_many("ec2:RunInstances") for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("service", "call", "answer"),
    [
        ("ec2", "describe_vpcs", "RequestLimitExceeded: Request limit exceeded."),
        ("elbv2", "describe_load_balancers", "Throttling: Rate exceeded"),
    ],
)
def test_the_api_throttles_with_each_services_own_code(
    served: tuple[str, ApiFront], front: ApiFront, service: str, call: str, answer: str
) -> None:
    once = getattr(client(service, served[0], REGION), call)
    front.pace.change("burst=1")
    front.pace.change("rate=0")
    assert refusal(once) == ""
    assert refusal(once) == answer


def test_in_an_outage_the_api_answers_everything_with_an_error_of_its_own(
    served: tuple[str, ApiFront], front: ApiFront
) -> None:
    front.pace.change("outage=1")
    for service, call in (("ec2", "describe_vpcs"), ("elbv2", "describe_load_balancers")):
        failed = refusal(getattr(client(service, served[0], REGION), call))
        assert failed == "InternalError: An internal error has occurred"
    front.pace.change("outage=")
    assert refusal(client("ec2", served[0], REGION).describe_vpcs) == ""


async def test_the_provider_repeats_what_the_api_throttles(served: tuple[str, ApiFront], front: ApiFront) -> None:
    front.pace.change("burst=1")
    front.pace.change("rate=4")
    environment = {"AWS_ENDPOINT_URL": served[0], "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": "any"}
    with plugin("aws", **environment) as port:
        async with provider_at(port) as provider:
            await provider.configure(region=REGION)
            made = Resource(provider, ec2.VPC, "vpc")
            await made.create(cidrBlock="198.18.0.0/16", enableDnsHostnames=True)
            group = Resource(provider, ec2.GROUP, "nodes")
            await group.create(vpcId=made.id, description="any")
            for port_number in range(4):
                rule: dict[str, Any] = {"ipProtocol": "tcp", "fromPort": port_number, "toPort": port_number}
                resource = Resource(provider, ec2.INGRESS, f"rule-{port_number}")
                await resource.create(securityGroupId=group.id, cidrIpv4="0.0.0.0/0", **rule)


def test_a_late_sshd_waits_before_it_starts() -> None:
    assert late_sshd(0) == {}
    (content,) = late_sshd(120).values()
    assert b"ExecStartPre=/bin/sleep 120\nTimeoutStartSec=210\n" in content


def test_settings_are_changed_by_name_and_a_mistake_is_named(served: tuple[str, ApiFront], front: ApiFront) -> None:
    url = served[0]
    assert post(url, "slow/boot=60-240").json()["boot"] == "60-240"
    assert 60 <= front.pace.seconds("boot") <= 240
    assert post(url, "limit/vcpus=4").json()["vcpus"] == "4"
    assert front.limits["vcpus"] == 4
    assert post(url, "limit/vcpus=").json()["vcpus"] == "none"
    assert front.limits["vcpus"] is None
    wrong = post(url, "slow/boot=soon")
    assert (wrong.status_code, wrong.json()["error"]) == (
        400,
        "boot is soon: use a number, or a range such as 60-240, or nothing for the default",
    )
