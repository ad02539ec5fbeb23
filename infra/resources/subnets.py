"""The subnets that a cluster is in, whether the program makes them or they exist."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """`ids` by zone name. What is in these subnets is made after `ready`, and deleted before it."""

    ids: Mapping[str, pulumi.Input[str]]
    ready: tuple[pulumi.Resource, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`nodes` are in the one part of the VPC, the load balancer and the bastion in `public`; that may be the same."""

    vpc_id: pulumi.Input[str]
    nodes: Subnets
    public: Subnets
