"""The account's limits, which an operator of the sandbox sets to see what happens at them."""

from collections.abc import Mapping

DEFAULTS: Mapping[str, int | None] = {
    "vcpus": None,  # of the Standard instances that run; AWS starts new accounts with 5
    "vpcs": 5,  # with the default one
    "gateways": 5,
    "subnets": 200,  # in a VPC
    "groups": 2500,
    "rules": 60,  # of a security group, in one direction
    "interface-groups": 5,
    "balancers": 50,
    "target-groups": 3000,
    "free-plan": 0,  # 1: only the instance types of AWS' free plan
}
"""AWS' own for a new account in one region, by the documentation of VPC and of Elastic Load Balancing.

None is no limit.
"""


class LimitError(ValueError):
    """There is no such limit, or it has another form; the message is what the user reads."""


class Limits:
    """The limits as they are now."""

    def __init__(self) -> None:
        self._now = dict(DEFAULTS)

    def __getitem__(self, name: str) -> int | None:
        return self._now[name]

    def change(self, setting: str) -> None:
        """`vcpus=4`, or `vcpus=` for AWS' default. Raises LimitError."""
        name, _, value = setting.partition("=")
        if name not in DEFAULTS:
            raise LimitError(f"{name} is not a limit: use one of {', '.join(DEFAULTS)}")
        if value and not value.isdecimal():
            raise LimitError(f"{name} is {value}: use a number, or nothing for the default")
        self._now[name] = int(value) if value else DEFAULTS[name]

    def rows(self) -> dict[str, int | None]:
        return dict(self._now)
