"""The values that a stack's config accepts, and the errors about others."""

import struct
from base64 import b64encode
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from infra.config import aws_provider
from infra.config.settings import Settings, SettingsError
from infra.plan import consistency
from infra.plan.plan import Plan
from ops.init import SECRETS
from tests.unit.program import IMAGE, PROJECT, config

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJm+HvXb8aN0bkXMIGMFxNBbKGIrrVvxGLbwbZkPBhuN"
# RFC 4251's strings: the kind, an ed25519 key, the application of the token
SK = b"".join(
    struct.pack(">I", len(part)) + part for part in (b"sk-ssh-ed25519@openssh.com", bytes(range(32)), b"ssh:")
)


def _public(key: Any) -> str:
    line: bytes = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return line.decode()


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"masterCount": 2}, "masterCount is 2: use an odd number (1, 3, 5 or 7)"),
    ({"masterCount": 0}, "masterCount is 0: use an odd number"),
    ({"masterCount": 9}, "masterCount is 9: use an odd number"),
    ({"slaveCount": -1}, "slaveCount is -1: use a whole number from 0 to 245"),
    ({"slaveCount": 246}, "slaveCount is 246: use a whole number from 0 to 245"),
    ({"slaveCount": "many"}, "slaveCount is many: use a whole number from 0 to 245"),
    ({"slaveCount": "2; rm -rf /"}, "slaveCount is 2; rm -rf /: use a whole number"),
    ({"retiredSlaves": [3]}, "retiredSlaves has 3, but slaveCount is 2, so there is no slave-3: remove it"),
    ({"retiredSlaves": [0]}, "retiredSlaves has 0, but slaveCount is 2, so there is no slave-0: remove it"),
    ({"retiredSlaves": ["slave-2"]}, 'retiredSlaves is ["slave-2"]: list ordinals'),
    ({"slavez": 3}, "slavez is not a config key (did you mean slaveCount?): `pulumi config rm slavez`"),
    ({"colour": "red"}, "colour is not a config key: `pulumi config rm colour`"),
    ({"adminCidrs": None}, "adminCidrs is missing: list the ranges that may SSH in"),
    ({"adminCidrs": []}, "adminCidrs is []: list the ranges that may SSH in"),
    (
        {"adminCidrs": ["0.0.0.0/0"]},
        "adminCidrs has 0.0.0.0/0, which is wider than a /8: list the ranges that may SSH in",
    ),
    (
        {"adminCidrs": ["0.0.0.0/1"]},
        "adminCidrs has 0.0.0.0/1, which is wider than a /8: list the ranges that may SSH in",
    ),
    ({"adminCidrs": ["192.0.2.1/32", "128.0.0.0/7"]}, "adminCidrs has 128.0.0.0/7, which is wider than a /8"),
    (
        {"adminCidrs": ["198.51.100.7/24"]},
        'adminCidrs is ["198.51.100.7/24"] (did you mean 198.51.100.0/24?): list the ranges that may SSH in',
    ),
    ({"adminCidrs": ["198.51.100.0/33"]}, 'adminCidrs is ["198.51.100.0/33"]: list the ranges that may SSH in'),
    ({"weaveCidr": "10.0.0.0/16"}, "weaveCidr 10.0.0.0/16 overlaps vpcCidr 10.0.0.0/16: set them apart"),
    ({"weaveCidr": "10.2.0.0/22"}, "weaveCidr 10.2.0.0/22 has no /24 for slave-2 (weave index 11)"),
    ({"weaveCidr": "10.2.0.0/24", "slaveCount": 0, "masterCount": 1}, "has no /24 for master-1 (weave index 1)"),
    ({"weaveCidr": "172.17.0.0/16"}, "weaveCidr is 172.17.0.0/16, which overlaps docker's 172.17.0.0/16"),
    ({"weaveCidr": "8.8.0.0/16"}, "weaveCidr is 8.8.0.0/16: use a private IPv4 range"),
    ({"weaveCidr": "10.2.0.0/33"}, "weaveCidr is 10.2.0.0/33: use a private IPv4 range"),
    ({"weaveCidr": "10.2.0.1/16"}, "weaveCidr is 10.2.0.1/16 (did you mean 10.2.0.0/16?): use a private IPv4"),
    ({"vpcCidr": "10.0.0.0/24", "slaveCount": 100}, "vpcCidr 10.0.0.0/24 has no address for slave-100"),
    (
        {"vpcCidr": "10.0.0.0/20"},
        "vpcCidr 10.0.0.0/20 has no addresses for the load balancer beside those of the nodes, and services has "
        "haproxy: use a /19 or larger",
    ),
    ({"vpcCidr": "10.0.0.0/28"}, "vpcCidr is 10.0.0.0/28: use a private IPv4 range on its boundary, /16 to /25"),
    ({"zones": []}, "zones is []: list 1 to 8 different zone letters"),
    ({"zones": ["a", "a"]}, 'zones is ["a", "a"]: list 1 to 8 different zone letters'),
    ({"topology": "hidden"}, "topology is hidden: use public or private"),
    ({"natGateways": "2"}, "natGateways is 2: use one (for all zones) or zone (one in each)"),
    ({"bastionInstanceType": "t4g.nano"}, "bastionInstanceType is t4g.nano: name an amd64 type"),
    (
        {"topology": "private", "zones": list("abcdefgh")},
        "zones has 8 letters, and with topology private the last eighth of vpcCidr is for the public subnets: list 7",
    ),
    (
        {"topology": "private", "vpcCidr": "10.0.0.0/23"},
        "vpcCidr 10.0.0.0/23 has no room beside the nodes' subnets for the public ones that topology private needs: "
        "use a /22 or larger",
    ),
    ({"ami": "ami-latest"}, "ami is ami-latest: name an AMI"),
    ({"ami": "ami-0123456789abcdef0\n"}, 'ami is "ami-0123456789abcdef0\\n": name an AMI'),
    ({"os": "beos"}, "os is beos: use one of debian-12, debian-13, ubuntu-24.04"),
    ({"os": "ubuntu-14.04"}, "os is ubuntu-14.04, for which no vendor publishes an AMI: set ami"),
    (
        {"os": "ubuntu-14.04", "ami": IMAGE},
        "os is ubuntu-14.04, whose cloud-init cannot read instance metadata by IMDSv2, so no step would reach its "
        "nodes: choose another os, or set allowImdsV1 true and ami to an image with docker 19.03 or newer",
    ),
    ({"weaveMtu": 575}, "weaveMtu is 575: use a whole number of bytes from 576 to 65535"),
    ({"weaveMtu": 65536}, "weaveMtu is 65536: use a whole number of bytes from 576 to 65535"),
    ({"weavePassword": "short"}, "weavePassword [secret] can't be used"),
    ({"weavePassword": "two\nlines of it"}, "weavePassword [secret] can't be used"),
    ({"weaveImage": "weave"}, "weaveImage is weave: name an image by its tag or digest"),
    ({"weaveImage": "weave:$(touch x)"}, "weaveImage is weave:$(touch x): name an image"),
    ({"weaverUrl": "https://example.com/w.tgz"}, "weaverUrl is https://example.com/w.tgz without weaverSha256"),
    ({"weaverUrl": "https://example.com/';reboot;'"}, "weaverUrl is https://example.com/';reboot;': use an http"),
    ({"weaverSha256": "a" * 64}, "weaverSha256 is aaaaaaaaaaaa... without weaverUrl"),
    ({"services": "consul"}, "services is consul: list the services to run"),
    ({"images": {"consul": "consul"}}, 'images is {"consul": "consul"}: name images by their tag or digest'),
    ({"images": {"consul": "consul:1;id"}}, 'images is {"consul": "consul:1;id"}: name images'),
    ({"images": ["consul:1"]}, 'images is ["consul:1"]: name images'),
    ({"imageRegistry": "https://mirror"}, "imageRegistry is https://mirror: name a registry's host"),
    (
        {"certificateArn": "my-certificate"},
        "certificateArn is my-certificate: set the ARN of a certificate in ACM",
    ),
    (
        {"certificateArn": CERTIFICATE.replace("eu-west-1", "us-east-1")},
        "which is in us-east-1, but aws:region is eu-west-1: name a certificate in the load balancer's own region",
    ),
    (
        {"certificateArn": CERTIFICATE, "services": ["consul"]},
        f"certificateArn is {CERTIFICATE}, but only haproxy has a load balancer: add haproxy to services",
    ),
    ({"redirectHttp": True}, "redirectHttp is true without certificateArn: set the certificate of HTTPS, or remove"),
    ({"hostedZone": "example.com"}, "hostedZone is example.com: set the id of a public hosted zone in Route 53"),
    (
        {"hostedZone": "Z0123456789", "services": []},
        "hostedZone is Z0123456789, but only haproxy has",
    ),
    ({"domain": "exa mple.com"}, "domain is exa mple.com: use a DNS name"),
    ({"domain": "-a.example.com"}, "domain is -a.example.com: use a DNS name"),
    ({"domain": "example.com."}, "domain is example.com.: use a DNS name"),
    ({"domain": ".".join(["a" * 63] * 4)}, ": use a DNS name, such as example.com"),
    ({"consulDomain": "con_sul"}, "consulDomain is con_sul: use a DNS name"),
    ({"consulDatacenter": "DC 1"}, "consulDatacenter is DC 1: use lower case letters"),
    ({"consulGossipKey": "c2hvcnQ="}, "consulGossipKey [secret] can't be used"),
    ({"consulGossipKey": "not base64!" * 4}, "consulGossipKey [secret] can't be used"),
    ({"consulManagementToken": "secret"}, "consulManagementToken [secret] can't be used"),
    ({"consulAgentToken": None}, "consulAgentToken is missing: set a UUID"),
    (
        {"hostKeySecret": "MTYgYnl0ZXMgb2YgaXQhIQ=="},
        "hostKeySecret [secret] can't be used, it has another form: set 32",
    ),
    ({"backupKey": None}, "backupKey is missing: set 32 random bytes in base64"),
    ({"dns": "bind"}, "dns is bind: use consul or weave"),
    (
        {"dns": "weave", "consulDomain": "weave.local"},
        "consulDomain is weave.local, which the routers serve with dns: weave: choose another",
    ),
    ({"weaveEncryption": "none"}, "weaveEncryption is none: use required or preferred"),
    ({"weaveFastDatapath": "on"}, "weaveFastDatapath is on: use auto or off"),
    ({"dnsForwarders": ["dns.example.com"]}, 'dnsForwarders is ["dns.example.com"]: list IPv4 addresses'),
    (
        {"haproxyMaxConnections": 0},
        "haproxyMaxConnections is 0: use a whole number of connections from 1 to 1000000",
    ),
    (
        {"haproxyServerTimeoutSeconds": 86401},
        "haproxyServerTimeoutSeconds is 86401: use a whole number of seconds from 1 to 86400",
    ),
    ({"sshUser": "root; rm -rf /"}, "sshUser is root; rm -rf /: name a Unix login"),
    ({"masterInstanceType": "t4g.small"}, "masterInstanceType is t4g.small: name an amd64 type"),
    ({"slaveInstanceType": "`id`"}, "slaveInstanceType is `id`: name an amd64 type"),
    ({"rootVolumeGb": 4}, "rootVolumeGb is 4: use a whole number of GB from 8 to 16384"),
    ({"admins": {"alice": "ssh-rsa AAAA"}}, "admins.alice is ssh-rsa AAAA: give a name"),
    ({"admins": {"Alice": ED25519}}, "admins.Alice is ssh-ed25519 AAAA"),
    ({"admins": {"alice": "ssh-dss AAAA"}}, "admins.alice is ssh-dss AAAA"),
    ({"admins": {"alice": _public(rsa.generate_private_key(65537, 1024))}}, "admins.alice is ssh-rsa AAAA"),  # noqa: S505
    ({"admins": {"alice": f"{ED25519}\n{ED25519}"}}, 'admins.alice is "ssh-ed25519 AAAA'),
    ({"admins": {"alice": f'from="10.0.0.1" {ED25519}'}}, 'admins.alice is from="10.0.0.1" ssh-ed25519'),
    ({"admins": "alice"}, "admins is alice: give a name"),
    ({"admins": {"root": ED25519}}, "admins has root, but root and admin"),
    ({"admins": {"admin": ED25519}}, "admins has admin, but root and admin"),
    ({"sshPrivateKey": "nonsense"}, "sshPrivateKey [secret] can't be used, it is malformed"),
]


@pytest.mark.parametrize(("changes", "answer"), REFUSED, ids=[answer[:48] for _, answer in REFUSED])
def test_an_error_about_a_value_has_the_key_the_value_and_the_remedy(changes: dict[str, Any], answer: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Plan.of(Settings.parse(config(**changes)))
    assert answer in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value", "answer"),
    [
        ("aws:region", "Ireland", "aws:region is Ireland: run `pulumi config set aws:region eu-west-1`"),
        ("aws:profile", "my profile", "aws:profile is my profile: name a profile of your AWS configuration"),
        (
            "aws:assumeRoles",
            '[{"roleArn": "admin"}]',
            'aws:assumeRoles is [{"roleArn": "admin"}]: list roles',
        ),
        (
            "aws:assumeRoles",
            '[{"roleArn": "arn:aws:iam::123456789012:role/a", "policy": "{}"}]',
            "aws:assumeRoles is [",
        ),
        (
            "aws:allowedAccountIds",
            "[1234]",
            "aws:allowedAccountIds is [1234]: list account ids of 12 digits, in",
        ),
        ("aws:allowedAccountIds", '["1234"]', 'aws:allowedAccountIds is ["1234"]: list account ids of 12 digits'),
        (
            "aws:skipMetadataApiCheck",
            "true",
            "aws:skipMetadataApiCheck is not passed on to AWS: only aws:region, aws:profile, aws:assumeRoles, "
            "aws:allowedAccountIds are; set what you need in the environment (such as AWS_PROFILE), and remove the "
            "key with `pulumi config rm aws:skipMetadataApiCheck`",
        ),
    ],
)
def test_a_key_of_the_aws_provider_is_checked_or_refused_by_name(key: str, value: str, answer: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.parse({**config(), key: value})
    assert answer in str(refused.value)


def test_the_value_of_a_refused_key_of_the_aws_provider_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.parse({**config(), "aws:secretKey": "wJalrXUtnFEMI"})
    assert "aws:secretKey is not passed on" in str(refused.value)
    assert "wJalr" not in str(refused.value)


@pytest.mark.parametrize("size", [16, 24, 32])
def test_a_gossip_key_may_have_any_size_that_consul_accepts(size: int) -> None:
    key = b64encode(bytes(size)).decode()
    assert Settings.parse(config(consulGossipKey=key)).consul_gossip_key.get_secret_value() == key


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.parse(config(masterCount=2, slaveCount="many", slavez=1))
    assert len(str(refused.value).splitlines()) == 3


def _openssh(key: Any, passphrase: bytes | None = None) -> str:
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, lock)
    return text.decode()


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (_openssh(rsa.generate_private_key(65537, 2048)), "it is an RSA key"),
        (_openssh(Ed25519PrivateKey.generate(), b"locked"), "it is locked by a passphrase"),
        (_openssh(Ed25519PrivateKey.generate())[:150], "it is malformed"),
    ],
    ids=["rsa", "locked", "cut short"],
)
def test_a_private_key_of_the_wrong_kind_is_refused_without_showing_it(key: str, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.parse(config(sshPrivateKey=key))
    assert reason in str(refused.value)
    assert key.splitlines()[1] not in str(refused.value)


@pytest.mark.parametrize(
    "key",
    [
        ED25519,
        f"{ED25519} alice@laptop, her second",
        _public(rsa.generate_private_key(65537, 2048)),
        _public(ec.generate_private_key(ec.SECP521R1())),
        f"sk-ssh-ed25519@openssh.com {b64encode(SK).decode()} alice's token",
    ],
    ids=["ed25519", "comment", "rsa", "ecdsa", "security key"],
)
def test_an_admins_key_is_of_any_kind_that_is_safe_today(key: str) -> None:
    assert Plan.of(Settings.parse(config(admins={"alice": f"{key}\n"}))).settings.admins == {"alice": key}


def test_a_private_key_in_place_of_an_admins_public_one_is_not_shown() -> None:
    key = _openssh(Ed25519PrivateKey.generate())
    with pytest.raises(SettingsError) as refused:
        Settings.parse(config(admins={"alice": key}))
    assert "admins.alice is " in str(refused.value)
    assert key.splitlines()[1][:20] not in str(refused.value)


def test_a_key_that_no_node_accepts_is_refused_and_any_key_where_there_are_no_nodes() -> None:
    settings = Settings.parse(config())
    consistency.require_login(settings, ())
    consistency.require_login(settings, (ED25519, settings.ssh_public_key))
    with pytest.raises(SettingsError, match=r"^sshPrivateKey is a key that the nodes of this stack do not accept"):
        consistency.require_login(settings, (ED25519,))


def test_an_error_about_the_region_names_its_own_key() -> None:
    without = {key: value for key, value in config().items() if key != "aws:region"}
    with pytest.raises(SettingsError, match="aws:region is missing: run `pulumi config set aws:region eu-west-1`"):
        Settings.parse(without)


def test_every_key_of_settings_is_declared_with_a_type_and_a_description() -> None:
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    assert {field.alias for field in Settings.model_fields.values()} - set(aws_provider.KEYS) == set(declared)
    assert all({"type", "description"} <= set(schema) for schema in declared.values())


@pytest.mark.parametrize(
    ("cidr", "allowed"),
    [
        ("0.0.0.0/0", True),
        ("0.0.0.0/1", True),
        ("10.0.0.0/8", False),
        ("11.0.0.0/8", False),
        ("172.16.0.0/12", False),
        ("198.51.100.7/32", False),
    ],
)
def test_a_range_wider_than_any_private_one_needs_allow_public_admin(cidr: str, allowed: bool) -> None:
    settings = Plan.of(Settings.parse(config(adminCidrs=[cidr], allowPublicAdmin=allowed))).settings
    assert str(settings.admin_cidrs[0]) == cidr


def test_secrets_do_not_show_in_the_settings_own_text() -> None:
    settings = Settings.parse(config(weavePassword="correct horse battery"))
    assert "correct horse" not in repr(settings)
    assert "PRIVATE KEY" not in repr(settings)


def test_the_settings_accept_the_secrets_that_init_makes() -> None:
    made = {key: secret.generate() for key, secret in SECRETS.items()}
    assert Settings.parse(config(**made)).consul_agent_token.get_secret_value() == made["consulAgentToken"]
    assert len(set(made.values())) == len(made)
