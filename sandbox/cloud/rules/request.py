"""A request to EC2 or Elastic Load Balancing as a rule reads it, and the error that a rule answers."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sandbox.cloud.limits import Limits
from sandbox.cloud.rules.records import Records


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error of the API: its code and its message are those of AWS."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """`form`: the parameters by the names of the query protocol, such as `IpPermissions.1.FromPort`.

    `own_device` is the sandbox's own interface on this machine.
    """

    action: str
    form: Mapping[str, str]
    records: Records
    limits: Limits
    own_device: str = ""

    def text(self, *names: str) -> str:
        """The first of these parameters that the request has; "" where it has none of them."""
        return next((self.form[name] for name in names if self.form.get(name)), "")

    def texts(self, prefix: str) -> list[str]:
        """The values of a list: `SecurityGroupId.1`, `SecurityGroupId.2` for the prefix `SecurityGroupId`."""
        return [part[""] for part in self.parts(prefix)]

    def parts(self, prefix: str) -> list[dict[str, str]]:
        """The members of a list of structures, each by the rest of its names: `FromPort`, `IpRanges.1.CidrIp`."""
        return parts(self.form, prefix)


def parts(form: Mapping[str, str], prefix: str) -> list[dict[str, str]]:
    """As Request.parts, of any part of a form. A value of its own has the name ""."""
    found: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        if match := re.fullmatch(rf"{re.escape(prefix)}\.(\d+)(?:\.(.+))?", name):
            found.setdefault(int(match[1]), {})[match[2] or ""] = value
    return [found[number] for number in sorted(found)]


Rule = Callable[[Request], Iterator[Refusal]]
"""Yields why AWS (or the sandbox) would refuse a request; nothing where moto may have it."""


def invalid(message: str) -> Refusal:
    return Refusal(code="InvalidParameterValue", message=message)


def in_use(message: str) -> Refusal:
    return Refusal(code="DependencyViolation", message=message)
