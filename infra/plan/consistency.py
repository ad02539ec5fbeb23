"""What can be wrong between the values of a stack's config that are each right."""

import hashlib
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from infra.config import bounds
from infra.config.settings import Settings
from infra.plan import addressing

_DOCKER_RANGE = IPv4Network("172.17.0.0/16")
"""What docker takes for its own first bridge until it is told to use ours."""


def problems(settings: Settings) -> Iterator[str]:
    """Key, value and remedy, a line each."""
    yield from _access(settings)
    yield from _system(settings)
    yield from _router(settings)
    yield from _ranges(settings)


def _access(settings: Settings) -> Iterator[str]:
    for cidr in settings.admin_cidrs:
        if cidr.prefixlen < bounds.ADMIN_PREFIX_LEAST and not settings.allow_public_admin:
            yield (
                f"adminCidrs has {cidr}, which is wider than a /{bounds.ADMIN_PREFIX_LEAST}: "
                "name who may SSH in, or set allowPublicAdmin true to let the world try"
            )
    private = load_ssh_private_key(settings.ssh_private_key.get_secret_value().encode(), password=None)
    belongs = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    if settings.ssh_public_key.split()[:2] != belongs.split():
        yield (
            f"sshPublicKey is {settings.ssh_public_key[:32]}...: it does not belong to sshPrivateKey; "
            "set the line that `ssh-keygen -y` prints for the private key"
        )


def _system(settings: Settings) -> Iterator[str]:
    if settings.system.image_parameter is None and not settings.ami:
        yield f"os is {settings.os}, for which no vendor names an AMI: set ami to one of yours"
    for ordinal in settings.retired_slaves:
        if not 1 <= ordinal <= settings.slave_count:
            yield (
                f"retiredSlaves has {ordinal}, but slaveCount is {settings.slave_count}, "
                f"so slave-{ordinal} never was: take it off the list"
            )


def _router(settings: Settings) -> Iterator[str]:
    url, digest = settings.weaver_url, settings.weaver_sha256
    if url and not digest:
        yield f"weaverUrl is {url} without weaverSha256: set the digest that `sha256sum` prints for that file"
    if digest and not url:
        yield f"weaverSha256 is {digest[:12]}... without weaverUrl: set the URL too, or remove the digest"
    if url.startswith("file:") and digest:
        archive = Path(unquote(urlsplit(url).path))
        if not archive.is_file():
            yield f"weaverUrl is {url}: there is no such file on this machine"
        elif (found := hashlib.sha256(archive.read_bytes()).hexdigest()) != digest:
            yield f"weaverSha256 is {digest}, but {archive} has {found}: check where the file came from"


def _ranges(settings: Settings) -> Iterator[str]:
    weave, vpc = settings.weave_cidr, settings.vpc_cidr
    if weave.overlaps(vpc):
        yield f"weaveCidr {weave} overlaps vpcCidr {vpc}: set them apart, such as 10.2.0.0/16 and 10.0.0.0/16"
    for key, network in (("weaveCidr", weave), ("vpcCidr", vpc)):
        if network.overlaps(_DOCKER_RANGE):
            yield f"{key} is {network}, which overlaps docker's {_DOCKER_RANGE}: choose another, such as 10.2.0.0/16"
    slaves = settings.slave_count
    highest = addressing.slave_index(slaves) if slaves else addressing.master_index(settings.master_count)
    node = f"slave-{slaves}" if slaves else f"master-{settings.master_count}"
    if highest > addressing.index_most(weave):
        yield f"weaveCidr {weave} has no /24 for {node} (weave index {highest}): use a larger range, such as a /16"
    if highest > addressing.private_index_most(vpc):
        yield f"vpcCidr {vpc} has no address for {node} in each of its subnets: use a larger range, such as a /16"
