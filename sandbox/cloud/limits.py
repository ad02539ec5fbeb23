"""The account's quotas and plan, which an operator sets to see what happens at them."""

from collections.abc import Mapping

from sandbox.cloud.adjustable import Adjustable

DEFAULTS: Mapping[str, str] = {
    "vcpus": "none",  # of the Standard instances that run; AWS starts new accounts with 5
    "vpcs": "5",  # with the default one
    "gateways": "5",
    "addresses": "5",  # Elastic IPs
    "nat-gateways": "5",  # in a zone
    "subnets": "200",  # in a VPC
    "groups": "2500",
    "rules": "60",  # of a security group, in one direction
    "interface-groups": "5",
    "balancers": "50",
    "target-groups": "3000",
    "free-plan": "0",  # 1: only the instance types of AWS' free plan
}
"""AWS' own for an account in one region, by the documentation of VPC and of Elastic Load Balancing."""


class Limits(Adjustable):
    """As numbers; None is no limit."""

    def __init__(self) -> None:
        super().__init__(DEFAULTS, r"\d+|none", "a number or none")

    def __getitem__(self, name: str) -> int | None:
        text = self.text(name)
        return None if text == "none" else int(text)
