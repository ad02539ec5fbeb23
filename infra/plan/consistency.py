"""Consistency: what can be wrong between values of a stack's config that are each right on their own."""

from collections.abc import Collection, Iterator
from ipaddress import IPv4Network

from infra.config import bounds
from infra.config.operating_systems import OPERATING_SYSTEMS
from infra.config.settings import Settings, SettingsError
from infra.plan import addressing, existing, names

_DOCKER_RANGE = IPv4Network("172.17.0.0/16")
"""The range of docker's own bridge, which it uses until its options name ours."""


def problems(settings: Settings) -> Iterator[str]:
    """One line for each: key, value and remedy."""
    yield from _access(settings)
    yield from _system(settings)
    yield from _retired(settings)
    yield from _router(settings)
    yield from _domains(settings)
    yield from existing.problems(settings)
    yield from _ranges(settings)
    yield from _public_subnets(settings)
    yield from _front_door(settings)


def _access(settings: Settings) -> Iterator[str]:
    for cidr in settings.admin_cidrs:
        if cidr.prefixlen < bounds.ADMIN_PREFIX_LEAST and not settings.allow_public_admin:
            yield (
                f"adminCidrs has {cidr}, which is wider than a /{bounds.ADMIN_PREFIX_LEAST}: "
                "list the ranges that may SSH in, or set allowPublicAdmin true to allow all of it"
            )
    for name in sorted({settings.login, "root"} & set(settings.admins)):
        yield f"admins has {name}, but root and {settings.login}, `up`'s own login, are taken: choose another name"


def require_login(settings: Settings, accepted: Collection[str]) -> None:
    """`accepted` are the public keys that the nodes accept, if there are nodes. Raises SettingsError for another."""
    if accepted and settings.ssh_public_key not in accepted:
        raise SettingsError(
            "sshPrivateKey is a key that the nodes of this stack do not accept, so `up` could not log in to them: "
            "set the former one, and replace it with `make rotate KEY=ssh`"
        )


def notes(settings: Settings) -> Iterator[str]:
    """What to know about valid config, one sentence each."""
    if settings.system.tests:
        tested = ", ".join(name for name, system in OPERATING_SYSTEMS.items() if not system.tests)
        yield f"os is {settings.os}: {settings.system.tests}; {tested} is tested in full"


def _system(settings: Settings) -> Iterator[str]:
    if not settings.system.imds_v2 and not settings.allow_imds_v1:
        yield (
            f"os is {settings.os}, whose cloud-init cannot read instance metadata by IMDSv2, so no step would reach "
            "its nodes: choose another os, or set allowImdsV1 true and ami to an image with docker 19.03 or newer"
        )
    if settings.system.image_parameter is None and not settings.ami:
        yield f"os is {settings.os}, for which no vendor publishes an AMI: set ami to one of yours"


def _retired(settings: Settings) -> Iterator[str]:
    for ordinal in settings.retired_slaves:
        if not 1 <= ordinal <= settings.slave_count:
            yield (
                f"retiredSlaves has {ordinal}, but slaveCount is {settings.slave_count}, "
                f"so there is no slave-{ordinal}: remove it from the list"
            )


def _router(settings: Settings) -> Iterator[str]:
    url, digest = settings.weaver_url, settings.weaver_sha256
    if url and not digest:
        yield f"weaverUrl is {url} without weaverSha256: set the digest that `sha256sum` prints for that file"
    if digest and not url:
        yield f"weaverSha256 is {digest[:12]}... without weaverUrl: set the URL too, or remove the digest"


def _domains(settings: Settings) -> Iterator[str]:
    """One domain cannot have two servers: the resolver would ask only one of them."""
    domain = settings.consul_domain
    if names.routers_serve(settings) and settings.runs("consul") and domain == names.ROUTER_DOMAIN:
        yield f"consulDomain is {domain}, which the routers serve with dns: weave: choose another, such as consul"


def _ranges(settings: Settings) -> Iterator[str]:
    weave, vpc = settings.weave_cidr, settings.vpc_cidr
    if weave.overlaps(vpc):
        yield f"weaveCidr {weave} overlaps vpcCidr {vpc}: set them apart, such as 10.2.0.0/16 and 10.0.0.0/16"
    for key, network in (("weaveCidr", weave), ("vpcCidr", vpc)):
        if network.overlaps(_DOCKER_RANGE):
            yield f"{key} is {network}, which overlaps docker's {_DOCKER_RANGE}: choose another, such as 10.2.0.0/16"
    node, highest = _last(settings)
    if highest > addressing.index_most(weave):
        yield f"weaveCidr {weave} has no /24 for {node} (weave index {highest}): use a larger range, such as a /16"
    if settings.vpc_id:
        yield from existing.range_problems(
            settings, node, highest, {"weaveCidr": weave, "docker's range": _DOCKER_RANGE}
        )
        return
    if settings.runs("haproxy") and not settings.private and not addressing.reservation(addressing.subnet(vpc, 0)):
        yield (
            f"vpcCidr {vpc} has no addresses for the load balancer beside those of the nodes, and services has "
            "haproxy: use a /19 or larger, such as 10.0.0.0/16, or remove haproxy from the list"
        )
    if highest > addressing.private_index_most(vpc):
        yield f"vpcCidr {vpc} has no address for {node} in each of its subnets: use a larger range, such as a /16"


def _last(settings: Settings) -> tuple[str, int]:
    """The node with the highest index, and that index."""
    slaves, masters = settings.slave_count, settings.master_count
    if slaves:
        return f"slave-{slaves}", addressing.slave_index(slaves)
    return f"master-{masters}", addressing.master_index(masters)


def _public_subnets(settings: Settings) -> Iterator[str]:
    """The room for them, where the nodes' own subnets are private."""
    if not settings.private or settings.vpc_id:
        return
    zones, vpc = settings.zones, settings.vpc_cidr
    if len(zones) > bounds.PRIVATE_ZONES_MOST:
        yield (
            f"zones has {len(zones)} letters, and with topology private the last eighth of vpcCidr is for the public "
            f"subnets: list {bounds.PRIVATE_ZONES_MOST} at most"
        )
    if addressing.public_subnet(vpc, 0).prefixlen > bounds.SUBNET_PREFIX_MOST:
        yield (
            f"vpcCidr {vpc} has no room beside the nodes' subnets for the public ones that topology private needs: "
            f"use a /{bounds.SUBNET_PREFIX_MOST - 2 * bounds.SUBNET_BITS} or larger, such as 10.0.0.0/16"
        )


def _front_door(settings: Settings) -> Iterator[str]:
    certificate = settings.certificate_arn
    if certificate and (region := certificate.split(":")[3]) != settings.region:
        yield (
            f"certificateArn is {certificate}, which is in {region}, but aws:region is {settings.region}: "
            "name a certificate in the load balancer's own region"
        )
    if settings.redirect_http and not certificate:
        yield "redirectHttp is true without certificateArn: set the certificate of HTTPS, or remove redirectHttp"
    for key, value in (("certificateArn", certificate), ("hostedZone", settings.hosted_zone)):
        if value and not settings.runs("haproxy"):
            yield f"{key} is {value}, but only haproxy has a load balancer: add haproxy to services, or remove {key}"
