"""What a load balancer is ordered to do, and what it reports; both cross a pipe as lines of JSON."""

from ipaddress import IPv4Address
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["initial", "healthy", "unhealthy", "draining"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HealthCheck(_Frozen):
    """Times are in seconds. `codes` are those of a good answer, such as 200,301-399; `port` 0 is the target's own."""

    protocol: Literal["TCP", "HTTP", "HTTPS"]
    port: int
    path: str
    codes: str
    interval: float
    timeout: float
    healthy: int
    unhealthy: int


class Target(_Frozen):
    """`name` is the instance's id."""

    name: str
    address: IPv4Address
    port: int
    zone: str


class TargetGroup(_Frozen):
    """`drain` is the deregistration delay in seconds.

    `end_drained` ends what connections are left after it; `end_unhealthy` those of a target that becomes unhealthy.
    """

    name: str
    check: HealthCheck
    targets: tuple[Target, ...]
    drain: float
    end_drained: bool
    end_unhealthy: bool
    cross_zone: bool


class Listener(_Frozen):
    """`certificate` is PEM, the certificate and those that signed it; empty without TLS."""

    port: int
    group: str
    certificate: str = ""
    key: str = Field("", repr=False)


class Order(_Frozen):
    """All that one load balancer is to be. `addresses` by zone, that of its name first."""

    addresses: dict[str, IPv4Address]
    listeners: tuple[Listener, ...]
    groups: tuple[TargetGroup, ...]


class Health(_Frozen):
    """Of one target: the state, and AWS's reason code and description, which are empty where AWS gives none."""

    group: str
    target: str
    state: State
    reason: str = ""
    description: str = ""


class Report(_Frozen):
    """`problem`: why it does not listen as ordered; empty where it does."""

    problem: str = ""
    health: tuple[Health, ...] = ()
