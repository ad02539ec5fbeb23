"""An instance as its metadata shows it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Options:
    """The instance's metadata options. `hop_limit` is how many hops the answer with a token lives, 1 to 64."""

    enabled: bool = True
    tokens_required: bool = True
    hop_limit: int = 1


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Addresses and CIDRs are text, as the service prints them; `public_address` is empty for an instance without.

    `public_keys`: name of the key pair -> key in OpenSSH's format.
    """

    instance_id: str
    image: str
    instance_type: str
    account: str
    region: str
    zone: str
    launched: datetime
    hostname: str
    address: str
    public_address: str
    mac: str
    interface: str
    subnet: str
    subnet_cidr: str
    vpc: str
    vpc_cidr: str
    security_groups: tuple[str, ...]
    public_keys: dict[str, str]
    user_data: bytes
    options: Options
