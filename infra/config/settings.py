"""Settings: the stack's config, typed and each value checked before any resource is touched."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from infra.config import archive, aws_provider, bounds, complaints, rules, ssh_keys
from infra.config.aws_provider import AssumeRole
from infra.config.operating_systems import OPERATING_SYSTEMS, OperatingSystem

PROJECT = "apollo"
"""As in Pulumi.yaml: the prefix of every config key."""

ServiceName = Literal["consul", "dns", "registrator", "zookeeper", "mesos", "marathon", "haproxy", "scope"]
"""The names that the key `services` chooses from; each is a module of infra/services."""

SubnetKind = Literal["public", "private"]
"""Whether what starts in a subnet of an existing network gets a public address."""


class SettingsError(pulumi.RunError):
    """Config that cannot be used: a line for each key, with its value and the remedy. Shown without a trace."""


def _key(remedy: str, **constraints: Any) -> Any:
    """A config key. `remedy` completes every error about its value: what to set instead."""
    return Field(json_schema_extra={"remedy": remedy}, **constraints)


def _choice(values: Sequence[object]) -> str:
    """1, 3, 5 or 7."""
    return f"{', '.join(map(str, values[:-1]))} or {values[-1]}"


def _count(least: int, most: int, unit: str = "") -> Any:
    of = f" of {unit}" if unit else ""
    return _key(f"use a whole number{of} from {least} to {most}", ge=least, le=most)


class Settings(BaseModel):
    """One attribute for each config key of Pulumi.yaml, where the defaults and descriptions are."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True
    )

    region: str = _key(
        "run `pulumi config set aws:region eu-west-1`", alias="aws:region", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$"
    )
    # Of these Pulumi.yaml can declare no defaults: they are the AWS provider's.
    profile: str = _key(
        "name a profile of your AWS configuration", alias="aws:profile", default="", pattern=r"^[\w.@+-]*$"
    )
    assume_roles: tuple[AssumeRole, ...] = _key(
        'list roles, such as [{"roleArn": "arn:aws:iam::123456789012:role/deploy"}], each with roleArn and '
        "optionally sessionName, externalId and duration",
        alias="aws:assumeRoles",
        default=(),
    )
    allowed_account_ids: Annotated[tuple[str, ...], rules.account_ids] = _key(
        'list account ids of 12 digits, in quotes, such as ["123456789012"]',
        alias="aws:allowedAccountIds",
        default=(),
    )
    master_count: Annotated[int, rules.odd_quorum] = _key(
        f"use an odd number ({_choice(bounds.MASTER_COUNTS)}), or the quorum gains nothing"
    )
    slave_count: int = _count(0, bounds.SLAVES_MOST)
    retired_slaves: tuple[int, ...] = _key("list ordinals of slaves that exist, such as [2]")
    max_unavailable: int = _count(1, bounds.SLAVES_MOST, "slaves")
    master_instance_type: Annotated[str, rules.instance_type] = _key("name an amd64 type, such as t3.medium")
    slave_instance_type: Annotated[str, rules.instance_type] = _key("name an amd64 type, such as t3.medium")
    os: Annotated[str, rules.one_of(OPERATING_SYSTEMS)] = _key(f"use one of {', '.join(OPERATING_SYSTEMS)}")
    ami: str = _key("name an AMI (ami- and 8 or 17 hex digits) or leave it empty", pattern=rules.AMI)
    allow_imds_v1: bool = _key("use true or false")
    root_volume_gb: int = _count(bounds.VOLUME_GB_LEAST, bounds.VOLUME_GB_MOST, "GB")
    vpc_cidr: Annotated[IPv4Network, rules.vpc] = _key(
        "use a private IPv4 range on its boundary, /{} to /{}, such as 10.0.0.0/16".format(*bounds.VPC_PREFIXES)
    )
    zones: Annotated[tuple[str, ...], rules.zones] = _key(
        f'list 1 to {bounds.ZONES_MOST} different zone letters, such as ["a", "b", "c"]'
    )
    vpc_id: str = _key(
        "name a VPC of yours (vpc- and 8 or 17 hex digits), or leave it empty for one of the cluster's own",
        pattern=rules.VPC_ID,
    )
    subnet_ids: Mapping[SubnetKind, Mapping[str, Annotated[str, Field(pattern=rules.SUBNET_ID)]]] = _key(
        "give each zone letter, below public or private, a subnet (subnet- and 8 or 17 hex digits), such as "
        "`pulumi config set --path subnetIds.public.a subnet-0123456789abcdef0`"
    )
    subnet_cidrs: Mapping[SubnetKind, Mapping[str, Annotated[IPv4Network, rules.subnet]]] = _key(
        "give each zone letter, below public or private, the private IPv4 range of its subnet, "
        f"/{bounds.VPC_PREFIXES[0]} to /{bounds.SUBNET_PREFIX_MOST}, such as "
        "`pulumi config set --path subnetCidrs.public.a 10.0.0.0/22`"
    )
    topology: Literal["public", "private"] = _key("use public or private")
    nat_gateways: Literal["one", "zone"] = _key("use one (for all zones) or zone (one in each)")
    bastion_instance_type: Annotated[str, rules.instance_type] = _key("name an amd64 type, such as t3.micro")
    admin_cidrs: Annotated[tuple[IPv4Network, ...], rules.not_empty] = _key(
        "list the ranges that may SSH in, such as `pulumi config set --path 'adminCidrs[0]' 198.51.100.7/32`"
    )
    allow_public_admin: bool = _key("use true or false")
    weave_cidr: Annotated[IPv4Network, rules.private] = _key(
        "use a private IPv4 range on its boundary, such as 10.2.0.0/16"
    )
    weave_mtu: int = _count(bounds.MTU_LEAST, bounds.MTU_MOST, "bytes")
    weave_password: Annotated[SecretStr, rules.password] = _key(
        "set 8 to 256 printable ASCII characters: `pulumi config set --secret weavePassword ...`"
    )
    weave_encryption: Literal["required", "preferred"] = _key("use required or preferred")
    weave_fast_datapath: Literal["auto", "off"] = _key("use auto or off")
    weave_image: str = _key(
        "name an image by its tag or digest, such as rajchaudhuri/weave:2.9.0", pattern=rules.IMAGE
    )
    weaver_url: str = _key("use an http, https or file URL of a tar.gz, or leave it empty", pattern=rules.URL)
    weaver_sha256: str = _key("set the 64 hex digits that sha256sum prints", pattern=r"^([0-9a-f]{64})?$")
    services: tuple[str, ...] = _key('list the services to run, such as ["consul", "dns"]')
    open_to_containers: tuple[str, ...] = _key(
        'list services whose ports containers may reach, such as ["consul"], or [] for none'
    )
    images: Annotated[Mapping[str, str], rules.images] = _key(
        'name images by their tag or digest, such as {"consul": "hashicorp/consul:1.22.7"}'
    )
    image_registry: str = _key(
        "name a registry's host, with its port and folder if it has them, or leave it empty", pattern=rules.REGISTRY
    )
    mesos_cgroups: Literal["v1", "v2"] = _key("use v1 or v2")
    certificate_arn: str = _key(
        "set the ARN of a certificate in ACM (arn:aws:acm:REGION:ACCOUNT:certificate/ID), or leave it empty",
        pattern=rules.CERTIFICATE,
    )
    redirect_http: bool = _key("use true or false")
    hosted_zone: str = _key(
        "set the id of a public hosted zone in Route 53, such as Z0123456789ABCDEFGHIJ, or leave it empty",
        pattern=r"^(Z[A-Z0-9]{1,31})?$",
    )
    domain: Annotated[str, rules.domain] = _key("use a DNS name, such as example.com")
    consul_datacenter: str = _key("use lower case letters, digits, - and _", pattern=r"^[a-z0-9_-]{1,63}$")
    consul_domain: Annotated[str, rules.domain] = _key("use a DNS name, such as consul")
    consul_gossip_key: Annotated[SecretStr, rules.gossip_key] = _key(
        "set 32 random bytes in base64: `openssl rand -base64 32 | pulumi config set --secret consulGossipKey`"
    )
    consul_management_token: Annotated[SecretStr, rules.token] = _key(
        "set a UUID: `uuidgen | pulumi config set --secret consulManagementToken`"
    )
    consul_agent_token: Annotated[SecretStr, rules.token] = _key(
        "set a UUID: `uuidgen | pulumi config set --secret consulAgentToken`"
    )
    dns: Literal["consul", "weave"] = _key("use consul or weave")
    dns_forwarders: Annotated[tuple[str, ...], rules.forwarders] = _key(
        'list IPv4 addresses of resolvers, or "vpc" for the VPC\'s own, such as ["vpc"]'
    )
    haproxy_max_connections: int = _count(1, bounds.CONNECTIONS_MOST, "connections")
    haproxy_connect_timeout_seconds: int = _count(1, bounds.TIMEOUT_SECONDS_MOST, "seconds")
    haproxy_client_timeout_seconds: int = _count(1, bounds.TIMEOUT_SECONDS_MOST, "seconds")
    haproxy_server_timeout_seconds: int = _count(1, bounds.TIMEOUT_SECONDS_MOST, "seconds")
    drain_seconds: int = _count(0, bounds.DRAIN_SECONDS_MOST, "seconds")
    admins: Mapping[Annotated[str, Field(pattern=ssh_keys.NAME)], Annotated[str, ssh_keys.public_key]] = _key(
        "give a name of lower case letters, digits, - and _ a public key (ssh-ed25519, ecdsa, sk- or ssh-rsa of 2048 "
        'bits), such as `pulumi config set --path admins.alice "$(cat alice.pub)"`'
    )
    ssh_private_key: Annotated[SecretStr, ssh_keys.private_key] = _key(
        "set an ed25519 key in OpenSSH form without a passphrase (`ssh-keygen -t ed25519 -N ''` makes one)"
    )
    host_key_secret: Annotated[SecretStr, rules.host_key_secret] = _key(
        "set 32 random bytes in base64: `openssl rand -base64 32 | pulumi config set --secret hostKeySecret`"
    )
    ssh_user: str = _key("name a Unix login, or leave it empty", pattern=r"^([a-z_][a-z0-9_-]{0,31})?$")

    # Read by `make backup` and `make restore` alone.
    backup_key: Annotated[SecretStr, rules.backup_key] = _key(
        "set 32 random bytes in base64: `openssl rand -base64 32 | pulumi config set --secret backupKey`"
    )
    # Read by `make rotate` alone.
    rotation: SecretStr = _key("run the `make rotate` again that was cut off")

    @property
    def system(self) -> OperatingSystem:
        return OPERATING_SYSTEMS[self.os]

    @property
    def login(self) -> str:
        return self.ssh_user or self.system.login

    def instance_type(self, role: str) -> str:
        """Of the nodes of this role."""
        return {"master": self.master_instance_type, "slave": self.slave_instance_type}[role]

    @property
    def private(self) -> bool:
        """Whether nodes have private addresses alone."""
        return self.topology == "private"

    @cached_property
    def ssh_public_key(self) -> str:
        """Of the key that `up` logs in with: a line for authorized_keys without a comment."""
        return ssh_keys.public_half(self.ssh_private_key.get_secret_value())

    @cached_property
    def login_keys(self) -> tuple[str, ...]:
        """The public keys that `up`'s login accepts: its own, and during a rotation the one that takes its place."""
        new = ssh_keys.rotating(self.rotation.get_secret_value())[1:]
        return tuple(dict.fromkeys((self.ssh_public_key, *map(ssh_keys.public_half, new))))

    @property
    def weaver_file(self) -> Path | None:
        """The archive of the router's binaries, where it is a file of this machine."""
        return archive.local_path(self.weaver_url)

    def runs(self, service: ServiceName) -> bool:
        """Whether this stack runs the service; a type, so that mypy finds a name that no service has."""
        return service in self.services

    @classmethod
    def load(cls) -> "Settings":
        """The settings of the current stack; reads the files that config names; raises SettingsError.

        pulumi.Config answers for one key at a time, raises at the first that is missing, and cannot list keys. The
        SDK's own store holds them all, so every mistake is reported at once, a misspelt key among them. It holds
        secrets as plain text: they are SecretStr from here on, and resources mark them as secret again.
        """
        settings = cls.parse({**get_config_env(), **CONFIG.get()})
        if problem := archive.problem(settings.weaver_url, settings.weaver_sha256):
            raise SettingsError(problem)
        return settings

    @classmethod
    def parse(cls, config: Mapping[str, str]) -> "Settings":
        """From config as the engine passes it: `project:key` to text, arrays and objects in JSON. Reads no file."""
        prefix = f"{PROJECT}:"
        values: dict[str, Any] = {
            name.removeprefix(prefix): _decoded(text) for name, text in config.items() if name.startswith(prefix)
        }
        values |= {name: _decoded(text) for name, text in config.items() if name.startswith(aws_provider.PREFIX)}
        try:
            return cls(**values)
        except ValidationError as error:
            raise SettingsError("\n".join(complaints.lines(error, values, cls.model_fields))) from None


def _decoded(text: str) -> Any:
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text
