"""The IAM policy of docs/, the table that it comes from, and what the sandbox's own provider calls."""

import io
import json
import re
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
import yaml
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from sandbox.cloud.moto_state import MotoRequestHandler, application
from sandbox.cloud.permissions import POLICY, TAGGING, Permissions, allowed_actions
from sandbox.home import PROJECT
from sandbox.providers.aws.provider import ABSENT, KINDS, PARAMETER, READ
from tests.unit.program import config, launch
from tests.unit.providers import ec2
from tests.unit.providers.ec2 import Account
from tests.unit.providers.plugin import plugin, provider_at

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((PROJECT / "docs/aws-actions.yaml").read_text())
STATEMENTS: list[dict[str, Any]] = json.loads(POLICY.read_text())["Statement"]
MODELS = {"elasticloadbalancing": "elbv2"}
"""botocore's names of services, where they differ from IAM's."""
PERMITTED_TO_ALL = {"sts:GetCallerIdentity"}
OF_THE_PROVIDER = {"pulumi:providers:aws", PARAMETER, *READ}
LONGEST = 6144
"""Of a managed policy, in characters without white space."""


def row(token: str) -> set[str]:
    """All actions of a row of the table."""
    return {action for verb, actions in TABLE[token].items() if verb != "source" for action in actions}


def test_the_policy_allows_what_the_table_has_and_nothing_else() -> None:
    wanted = set().union(*map(row, TABLE)) - PERMITTED_TO_ALL
    allowed = allowed_actions(json.loads(POLICY.read_text()))
    assert not wanted - allowed, "docs/iam-policy.json lacks actions of docs/aws-actions.yaml"
    assert not allowed - wanted, "docs/iam-policy.json has actions that are not in docs/aws-actions.yaml"


def test_the_table_has_a_row_for_each_kind_of_resource_that_the_program_makes_on_aws() -> None:
    whole = config(
        certificateArn="arn:aws:acm:eu-west-1:123456789012:certificate/any", hostedZone="Z0123456789ABCDEFGHIJ"
    )
    both = {**launch(whole).resources, **launch({**whole, "apollo:topology": "private"}).resources}
    made = {type_ for type_, _ in both if type_.startswith("aws:")}
    assert set(TABLE) - OF_THE_PROVIDER == made
    assert made == {*KINDS, *ABSENT}


@pytest.mark.parametrize("action", sorted(set().union(*map(row, TABLE))))
def test_an_action_is_an_operation_of_awss_api(action: str) -> None:
    service, operation = action.split(":")
    model = botocore.session.get_session().get_service_model(MODELS.get(service, service))
    assert operation in model.operation_names


def test_the_policy_is_one_that_iam_accepts() -> None:
    document = json.loads(POLICY.read_text())
    assert set(document) == {"Version", "Statement"}
    assert document["Version"] == "2012-10-17"
    names = [statement["Sid"] for statement in STATEMENTS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in names)
    for statement in STATEMENTS:
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        assert statement["Action"] == sorted(set(statement["Action"]))
    assert len(re.sub(r"\s", "", POLICY.read_text())) <= LONGEST


def test_a_new_instance_with_tags_needs_the_permission_to_tag(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"Statement": [{"Action": ["ec2:RunInstances"]}]}))
    permissions = Permissions(policy)
    assert permissions.refuse("ec2", "RunInstances", ["ImageId"]) is None
    refusal = permissions.refuse("ec2", "RunInstances", ["ImageId", "TagSpecification.1.ResourceType"])
    assert refusal
    assert refusal.code == "UnauthorizedOperation"
    assert "ec2:CreateTags" in refusal.message
    assert permissions.used == {"ec2:RunInstances"}


class Gate:
    """moto behind the policy, without hosts."""

    def __init__(self) -> None:
        self.permissions, self._moto = Permissions(), application()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = io.BytesIO(body)
        if scope := re.search(r"/([^/]+)/aws4_request", request.headers.get("Authorization", "")):
            refusal = self.permissions.refuse(scope[1], request.form["Action"], request.form)
            assert refusal is None, refusal
        return self._moto(environ, start_response)


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate()


@pytest.fixture(scope="module")
def endpoint(gate: Gate) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, gate, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


@pytest.fixture(scope="module")
def environment(endpoint: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "sandbox")
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        yield


@pytest.fixture(scope="module")
def port(environment: None) -> Iterator[int]:  # noqa: ARG001
    with plugin("aws") as port:
        yield port


@pytest.fixture
async def account(endpoint: str, port: int) -> AsyncIterator[Account]:
    ec2.forget_everything(endpoint)
    async with provider_at(port) as provider:
        await provider.configure(**ec2.CONFIG)
        yield Account(provider, boto3.client("ec2", region_name=ec2.REGION))


CHANGES: Mapping[str, dict[str, Any]] = {
    ec2.VPC: {"enableDnsHostnames": False},
    ec2.SUBNET: {"mapPublicIpOnLaunch": False},
    ec2.INSTANCE: {
        **{"instanceType": "t3.large", "userData": "#cloud-config\n# more\n"},
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "optional", "httpPutResponseHopLimit": 1},
    },
    ec2.BALANCER: {"enableCrossZoneLoadBalancing": False},
    ec2.TARGETS: {"deregistrationDelay": 40, "healthCheck": {"protocol": "HTTP", "path": "/", "matcher": "200"}},
    ec2.LISTENER: {"port": 81},
}
"""What an update changes beside the tags."""


@pytest.mark.parametrize("token", sorted(KINDS))
async def test_a_resources_life_in_the_sandbox_needs_only_the_actions_of_its_row(
    account: Account, gate: Gate, token: str
) -> None:
    inputs = await account.inputs_of(token)
    gate.permissions.used.clear()
    resource = await account.made(token, **inputs)
    await resource.read()
    tags = {"tags": {"more": "tags"}} if KINDS[token].taggable else {}
    for update in (CHANGES.get(token, {}) | tags, {}):
        if update or tags:
            await resource.update(**inputs | update)
    await resource.delete()
    used = gate.permissions.used
    assert used, "nothing was recorded"
    assert not used - row(token), f"docs/aws-actions.yaml lacks actions of {token}"
    assert used & set(TAGGING.values()) or not KINDS[token].taggable
