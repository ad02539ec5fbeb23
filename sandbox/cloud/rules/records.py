"""What the rules read of moto's records of one region."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Any

from sandbox.cloud.moto_state import Region

LIVE = ("pending", "running", "stopping", "stopped", "shutting-down")


@dataclass(frozen=True)
class Records:
    """moto's own objects: VPCs, subnets, groups, instances, load balancers."""

    region: Region

    @property
    def _ec2(self) -> Any:
        return self.region.backend

    @property
    def _elb(self) -> Any:
        return self.region.service("elbv2")

    def live(self) -> list[Any]:
        """The instances that are not terminated."""
        return [instance for instance in self.region.instances() if instance.state in LIVE]

    def subnets(self, vpc_id: str) -> list[Any]:
        return [subnet for zone in self._ec2.subnets.values() for subnet in zone.values() if subnet.vpc_id == vpc_id]

    def vpcs(self) -> list[Any]:
        return list(self._ec2.vpcs.values())

    def gateways(self) -> list[Any]:
        """Internet gateways; `vpc` of each is its VPC's record, None where it is not attached."""
        return list(self._ec2.internet_gateways.values())

    def gateway_of(self, vpc_id: str) -> Any | None:
        return next((each for each in self.gateways() if each.vpc and each.vpc.id == vpc_id), None)

    def addresses(self) -> list[Any]:
        """Elastic IPs; `instance` and `eni` of each are what has it, or None."""
        return list(self._ec2.addresses)

    def nat_gateways(self) -> list[Any]:
        """Without the deleted ones, which moto goes on to list."""
        return [each for each in self._ec2.nat_gateways.values() if each.state != "deleted"]

    def route_tables(self, vpc_id: str) -> list[Any]:
        """Without the main one, which comes and goes with its VPC."""
        tables = self._ec2.route_tables.values()
        return [table for table in tables if table.vpc_id == vpc_id and table.main_association_id is None]

    def route_table(self, table_id: str) -> Any | None:
        return self._ec2.route_tables.get(table_id)

    def groups(self) -> list[Any]:
        """All security groups, without those that come with a VPC."""
        return [group for group in self.region.security_groups() if group.name != "default"]

    def group(self, group_id: str) -> Any | None:
        return next((group for group in self.region.security_groups() if group.id == group_id), None)

    def has_key(self, name: str) -> bool:
        return name in self._ec2.key_pairs

    def balancers(self) -> list[Any]:
        """Load balancers; `subnets` of each are records, `security_groups` ids."""
        return list(self._elb.load_balancers.values())

    def balancer(self, arn: str) -> Any | None:
        return self._elb.load_balancers.get(arn)

    def target_groups(self) -> list[Any]:
        return list(self._elb.target_groups.values())

    def architectures(self, ami: str) -> list[str]:
        return [self._ec2.amis[ami].architecture]

    def taken(self, subnet: Any) -> set[str]:
        """The addresses of a subnet that an interface or a live instance has."""
        interfaces = self._ec2.enis.values()
        of_interfaces = {each.private_ip_address for each in interfaces if each.subnet.id == subnet.id}
        return of_interfaces | {each.private_ip for each in self.live() if each.subnet_id == subnet.id}

    def free(self, subnet: Any) -> Iterator[IPv4Address]:
        """The addresses of a subnet that AWS itself may give: neither taken nor reserved by anybody."""
        taken = {ip_address(each) for each in self.taken(subnet) if each}
        own = reserved(subnet.cidr)
        kept = [IPv4Network(str(each.cidr)) for each in subnet._cidr_reservations]
        for address in subnet.cidr.hosts():
            if address not in taken and address not in own and not any(address in cidr for cidr in kept):
                yield address


def instance_type(name: str) -> Any | None:
    """What moto knows of an instance type (ProcessorInfo, VCpuInfo, ...); None of one that it does not know."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES  # a file of megabytes, for the daemon alone

    return INSTANCE_TYPES.get(name)


def vcpus(name: str) -> int:
    found = instance_type(name)
    return int(found["VCpuInfo"]["DefaultVCpus"]) if found else 0


def reserved(subnet: IPv4Network) -> list[IPv4Address]:
    """The five addresses of a subnet that AWS keeps: the first four and the last."""
    return [*(subnet.network_address + offset for offset in range(4)), subnet.broadcast_address]
