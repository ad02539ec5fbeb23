"""The metadata service over loopback: what it answers, to whom, and how far the answer goes."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.metadata.instance import Instance, Options
from sandbox.metadata.server import Server
from sandbox.metadata.service import Service
from sandbox.metadata.tokens import Tokens

SECONDS, TOKEN = "X-aws-ec2-metadata-token-ttl-seconds", "X-aws-ec2-metadata-token"
MAC = "06:00:0a:00:00:04"
NIC = f"latest/meta-data/network/interfaces/macs/{MAC}"
IP_MINTTL = 21  # linux/in.h: packets with fewer hops left are dropped
INSTANCE = Instance(
    instance_id="i-1", image="ami-1", instance_type="t3.small", account="123456789012", region="us-east-1",
    zone="us-east-1a", launched=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), hostname="ip-10-0-0-4.ec2.internal",
    address="10.0.0.4", public_address="", mac=MAC, interface="eni-1", subnet="subnet-1", subnet_cidr="10.0.0.0/20",
    vpc="vpc-1", vpc_cidr="10.0.0.0/16", security_groups=("nodes", "slaves"),
    public_keys={"tests": "ssh-ed25519 AAAA"}, user_data=b"#cloud-config\n\xff", options=Options(),
)  # fmt: skip


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Metadata:
    """The service at `port`; `instance` is the one that asks, and the test changes it and the `clock`."""

    def __init__(self) -> None:
        self.instance: Instance | None = INSTANCE
        self.clock = Clock()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(listener.getsockname()[1])
        self.server = Server(listener, Service(self.at, Tokens(self.clock)))
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False)

    def at(self, address: str) -> Instance | None:
        return self.instance if address == "127.0.0.1" else None

    def set(self, options: Options) -> None:
        self.instance = replace(INSTANCE, options=options)

    def token(self, seconds: int = 60) -> str:
        return self.client.put("/latest/api/token", headers={SECONDS: str(seconds)}).raise_for_status().text

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        return self.client.get(f"/{path}", headers={TOKEN: self.token() if token is None else token})


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    made = Metadata()
    yield made
    made.client.close()
    made.server.close()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("", "2009-04-04\n2016-09-02\n2018-09-24\n2021-03-23\nlatest"),
        ("latest/", "dynamic\nmeta-data\nuser-data"),
        ("latest/meta-data/placement/", "availability-zone\nregion"),
        ("latest/meta-data/network/", "interfaces/"),
        ("latest/meta-data/network/interfaces/macs/", f"{MAC}/"),
        ("2009-04-04/meta-data/instance-id", "i-1"),
        ("2021-03-23/meta-data/instance-id", "i-1"),
        ("latest/meta-data/ami-id", "ami-1"),
        ("latest/meta-data/instance-type", "t3.small"),
        ("latest/meta-data/local-hostname", "ip-10-0-0-4.ec2.internal"),
        ("latest/meta-data/local-ipv4", "10.0.0.4"),
        ("latest/meta-data/placement/availability-zone", "us-east-1a"),
        ("latest/meta-data/security-groups", "nodes\nslaves"),
        ("latest/meta-data/services/domain", "amazonaws.com"),
        ("latest/meta-data/public-keys/", "0=tests"),
        ("latest/meta-data/public-keys/0", "openssh-key"),
        ("latest/meta-data/public-keys/0/openssh-key", "ssh-ed25519 AAAA"),
        (f"{NIC}/subnet-ipv4-cidr-block", "10.0.0.0/20"),
        (f"{NIC}/vpc-id", "vpc-1"),
    ],
)
def test_a_path_has_its_value_or_a_list_of_what_is_below_it(metadata: Metadata, path: str, content: str) -> None:
    found = metadata.get(path)
    assert (found.status_code, found.text) == (200, content)
    assert found.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path", ["1999-01-01/meta-data/", "latest/meta-data/public-ipv4", "latest/meta-data/ami-id/more", "favicon.ico"]
)
def test_a_path_with_nothing_at_it_is_not_found(metadata: Metadata, path: str) -> None:
    assert metadata.get(path).status_code == 404


def test_user_data_is_passed_on_byte_for_byte_and_not_found_where_there_is_none(metadata: Metadata) -> None:
    found = metadata.get("latest/user-data")
    assert (found.content, found.headers["content-type"]) == (INSTANCE.user_data, "application/octet-stream")
    metadata.instance = replace(INSTANCE, user_data=b"")
    assert metadata.get("latest/user-data").status_code == 404


def test_the_identity_document_is_json_about_the_instance(metadata: Metadata) -> None:
    document = json.loads(metadata.get("latest/dynamic/instance-identity/document").text)
    assert (document["instanceId"], document["pendingTime"]) == ("i-1", "2026-01-02T03:04:05Z")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("latest/api/token", {SECONDS: "1"}, 200),
        ("latest/api/token", {SECONDS: "21600"}, 200),
        ("latest/api/token", {SECONDS: "21601"}, 400),
        ("latest/api/token", {SECONDS: "0"}, 400),
        ("latest/api/token", {SECONDS: "-1"}, 400),
        ("latest/api/token", {SECONDS: "1.5"}, 400),
        ("latest/api/token", {SECONDS: "an hour"}, 400),
        ("latest/api/token", {}, 400),
        ("latest/api/token", {SECONDS: "60", "X-Forwarded-For": "192.0.2.1"}, 403),
        ("2021-03-23/api/token", {SECONDS: "60"}, 403),
        ("latest/meta-data/ami-id", {SECONDS: "60"}, 403),
    ],
)
def test_a_token_is_for_who_asks_as_ec2_requires(
    metadata: Metadata, path: str, headers: dict[str, str], status: int
) -> None:
    answer = metadata.client.put(f"/{path}", headers=headers)
    assert (answer.status_code, answer.headers.get(SECONDS)) == (status, headers[SECONDS] if status == 200 else None)


@pytest.mark.parametrize(("method", "path"), [("POST", "latest/meta-data/"), ("GET", "latest/api/token")])
def test_other_methods_are_not_allowed(metadata: Metadata, method: str, path: str) -> None:
    assert metadata.client.request(method, f"/{path}", headers={TOKEN: metadata.token()}).status_code == 405


@pytest.mark.parametrize(("required", "without"), [(True, 401), (False, 200)])
def test_tokens_are_required_or_optional_and_a_wrong_one_is_never_accepted(
    metadata: Metadata, required: bool, without: int
) -> None:
    metadata.set(Options(tokens_required=required))
    assert metadata.client.get("/latest/meta-data/").status_code == without
    assert metadata.get("latest/meta-data/", "made up").status_code == 401
    assert metadata.get("latest/meta-data/").status_code == 200


def test_a_token_ends_after_its_seconds(metadata: Metadata) -> None:
    token = metadata.token(60)
    metadata.clock.now += 59
    found = metadata.get("latest/meta-data/", token)
    assert (found.status_code, found.headers[SECONDS]) == (200, "1")
    metadata.clock.now += 1
    assert metadata.get("latest/meta-data/", token).status_code == 401


def test_a_token_is_not_valid_on_another_instance(metadata: Metadata) -> None:
    token = metadata.token()
    metadata.instance = replace(INSTANCE, instance_id="i-2")
    assert metadata.get("latest/meta-data/", token).status_code == 401


def test_a_disabled_endpoint_forbids_everything(metadata: Metadata) -> None:
    token = metadata.token()
    metadata.set(Options(enabled=False))
    assert metadata.client.put("/latest/api/token", headers={SECONDS: "60"}).status_code == 403
    assert metadata.get("latest/user-data", token).status_code == 403


def test_an_address_without_an_instance_finds_nothing(metadata: Metadata) -> None:
    metadata.instance = None
    assert metadata.client.get("/latest/meta-data/").status_code == 404


def answered(metadata: Metadata, request: str, *, hops: int, seconds: float = 20) -> bytes:
    """What arrives of the answer `hops` hops away within `seconds`."""
    with socket.create_connection(("127.0.0.1", metadata.port)) as connection:
        connection.setsockopt(socket.IPPROTO_IP, IP_MINTTL, hops)
        connection.settimeout(seconds)
        connection.sendall(f"{request}\r\n\r\n".encode())
        try:
            return connection.recv(1 << 16)
        except TimeoutError:
            return b""


@pytest.mark.parametrize(("limit", "hops", "arrives"), [(1, 1, True), (1, 2, False), (2, 2, True), (2, 3, False)])
def test_the_answer_with_a_token_lives_for_as_many_hops_as_the_options_have(
    metadata: Metadata, limit: int, hops: int, arrives: bool
) -> None:
    metadata.set(Options(hop_limit=limit))
    request = f"PUT /latest/api/token HTTP/1.0\r\n{SECONDS}: 60"
    answer = answered(metadata, request, hops=hops, seconds=20 if arrives else 0.5)
    assert (b"200 OK" in answer) == arrives


def test_the_limit_is_for_tokens_and_not_for_what_is_read_without_one(metadata: Metadata) -> None:
    metadata.set(Options(tokens_required=False, hop_limit=1))
    assert b"200 OK" in answered(metadata, "GET /latest/user-data HTTP/1.0", hops=30)
