"""What the demonstration needs of a stack, and the errors of a stack that lacks it."""

from typing import Any

import httpx
import pytest

from ops.demo.target import NEEDED, DemoTarget, definition_of, expect_host, front
from ops.remote.errors import OperatorError
from tests.unit.ops.conftest import MakeStack
from tests.unit.ops.fake_cluster import outputs

BALANCER = "balancer-1.elb.eu-west-1.amazonaws.com"
OUTPUTS: dict[str, Any] = {
    "nodes": outputs(masters=1, slaves=2),
    "services": [*NEEDED, "dns"],
    "searchDomains": ["service.consul"],
    "uiUrls": {"marathon": ["http://127.0.0.1:8080/ui/"]},
    "domain": "example.com",
    "loadBalancer": BALANCER,
}


def test_a_target_is_read_from_the_stack_s_outputs(stack: MakeStack) -> None:
    target = DemoTarget.of(stack(OUTPUTS))
    assert list(target.nodes) == ["master-1", "slave-1", "slave-2"]
    assert (target.domain, target.search_domain) == ("example.com", "service.consul")
    assert target.private_key == "the key\n"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"services": [name for name in NEEDED if name != "marathon"]}, "the stack test runs no marathon,"),
        ({"services": ["consul"], "searchDomains": []}, "runs no registrator, .*, marathon, haproxy, dns,"),
        ({"services": [], "searchDomains": []}, "add to the config key services, and `make up STACK=test`"),
        ({"nodes": outputs(masters=3, slaves=0)}, "the stack test has no slave .* set slaveCount"),
    ],
)
def test_what_a_stack_lacks_is_named(stack: MakeStack, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(OperatorError, match=why):
        DemoTarget.of(stack(OUTPUTS | changes))


@pytest.mark.parametrize(
    ("service_url", "scheme"),
    [
        ("http://<service>.example.com/", "http"),
        ("https://<service>.example.com/", "https"),
        ("", "http"),
    ],
)
def test_the_front_is_the_load_balancer_on_every_stack(service_url: str, scheme: str) -> None:
    assert front(BALANCER, service_url) == f"{scheme}://{BALANCER}"


@pytest.mark.parametrize(("scheme", "name"), [("https", "rest.example.com"), ("http", None)])
async def test_the_certificate_is_checked_for_the_app_and_not_for_the_load_balancer(
    scheme: str, name: str | None
) -> None:
    request = httpx.Request("GET", f"{scheme}://{BALANCER}/", headers={"Host": "rest.example.com"})
    await expect_host(request)
    assert request.extensions.get("sni_hostname") == name


@pytest.mark.parametrize(
    ("config", "image", "expected"),
    [
        ({}, "", "apollo/nodejs-rest-api:1"),
        ({"imageRegistry": "mirror:5000"}, "", "mirror:5000/apollo/nodejs-rest-api:1"),
        ({"imageRegistry": "mirror:5000"}, "me/api:2", "me/api:2"),
    ],
)
def test_the_app_s_image_is_the_mirror_s_unless_another_is_given(
    stack: MakeStack, config: dict[str, str], image: str, expected: str
) -> None:
    definition = definition_of(stack({}, config), image)
    assert definition["container"]["docker"]["image"] == expected
