"""moto in this process: its WSGI application, and the state of the EC2 API that it keeps in memory."""

import base64
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.ami import AMIS

os.environ["MOTO_AMIS_PATH"] = str(AMIS)  # read by moto as it is imported

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

__all__ = ["MotoRequestHandler", "Region", "application", "region", "regions", "set_state"]


def application() -> Wsgi:
    """The EC2 API and all others of moto; each service is loaded at its first request."""
    return DomainDispatcherApplication(create_backend_app)


@dataclass(frozen=True)
class Region:
    """What the EC2 API of one region holds."""

    backend: Any

    def service(self, name: Literal["acm", "elbv2"]) -> Any:
        """moto's backend of another service in this region."""
        return get_backend(name)[DEFAULT_ACCOUNT_ID][self.backend.region_name]

    def instances(self) -> list[Any]:
        return list(self.backend.all_instances())

    def vpc(self, vpc_id: str) -> Any:
        """moto's VPC (id, cidr_block, is_default) of an id that exists."""
        return self.backend.vpcs[vpc_id]

    def own_vpcs(self) -> list[Any]:
        """All VPCs except the default one, which is in every region and never has a host in it."""
        return [vpc for vpc in self.backend.vpcs.values() if not vpc.is_default]

    def subnet(self, subnet_id: str) -> Any | None:
        """moto's subnet (id, vpc_id, cidr), None where there is none of that id."""
        return next((zone[subnet_id] for zone in self.backend.subnets.values() if subnet_id in zone), None)

    def security_groups(self) -> list[Any]:
        """moto's security groups (id, ingress_rules, egress_rules) of all VPCs."""
        return [group for of_vpc in self.backend.groups.values() for group in of_vpc.values()]

    def network_interfaces(self) -> list[Any]:
        """moto's network interfaces (instance or None, group_set, private_ip_addresses) of all VPCs."""
        return list(self.backend.enis.values())

    def public_keys(self, key_name: str | None) -> list[str]:
        pair = self.backend.key_pairs.get(key_name) if key_name else None
        material = pair.material_public if pair else ""
        text = material.decode() if isinstance(material, bytes) else material
        return [text.strip()] if text else []

    def user_data(self, instance: Any) -> bytes:
        """The instance's user data, decoded; moto keeps it as text or in a type of its own."""
        data = instance.user_data or ""
        return base64.b64decode(data.as_bytes() if hasattr(data, "as_bytes") else data)

    def has_ami(self, ami: str) -> bool:
        return ami in self.backend.amis

    def release_addresses(self, instance: Any) -> None:
        """Give back the addresses of a terminated instance: moto keeps its interface, and with it the address."""
        for interface in instance.nics.values():
            if interface.id in self.backend.enis:
                interface.delete()
        subnet = self.subnet(instance.subnet_id) if instance.subnet_id else None
        for address in list(instance._private_ips):
            if subnet is not None:
                subnet.del_subnet_ip(address)


def region(name: str) -> Region:
    return Region(get_backend("ec2")[DEFAULT_ACCOUNT_ID][name])


def regions() -> Iterator[Region]:
    """The regions that have had a request."""
    for backend in list(get_backend("ec2")[DEFAULT_ACCOUNT_ID].values()):
        yield Region(backend)


def set_state(instance: Any, name: str, *, why: tuple[str, str] | None = None) -> None:
    """Put a moto instance into an EC2 state; `why` is the code and the message of its StateReason."""
    instance._state.name, instance._state.code = name, STATES[name]
    if why:
        instance.state_reason.code, instance.state_reason.message = why[0], f"{why[0]}: {why[1]}"
        instance._reason = instance.state_reason.message
