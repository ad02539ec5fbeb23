"""An instance of moto's as the metadata service shows it."""

from ipaddress import IPv4Address
from typing import Any

from sandbox.cloud.moto_state import Region
from sandbox.hosts.network import mac
from sandbox.metadata.instance import Instance, Options


def instance_metadata(region: Region, instance: Any) -> Instance:
    """`instance` has a host. Its NIC's address is the host's own, and not the one that moto made up."""
    keys = region.public_keys(instance.key_name)
    subnet = region.subnet(instance.subnet_id)
    return Instance(
        instance_id=instance.id,
        image=instance.image_id,
        instance_type=instance.instance_type,
        account=instance.owner_id,
        region=instance.region_name,
        zone=instance.availability_zone,
        launched=instance.launch_time,
        hostname=instance.private_dns_name,
        address=instance.private_ip,
        public_address=instance.public_ip or "",
        mac=mac(IPv4Address(instance.private_ip)),
        interface=instance.nics[0].id,
        subnet=instance.subnet_id,
        subnet_cidr=subnet.cidr_block if subnet else "",
        vpc=instance.vpc_id,
        vpc_cidr=region.vpc(instance.vpc_id).cidr_block,
        security_groups=tuple(sorted(group.name for group in instance.nics[0].group_set)),
        public_keys={instance.key_name: keys[0]} if keys else {},
        user_data=region.user_data(instance),
        options=_options(instance.metadata_options),
    )


def _options(options: Any) -> Options:
    """moto forgets the options that a ModifyInstanceMetadataOptions does not name: those are EC2's defaults again."""
    return Options(
        enabled=options.http_endpoint != "disabled",
        tokens_required=options.http_tokens == "required",
        hop_limit=options.http_put_response_hop_limit,
    )
