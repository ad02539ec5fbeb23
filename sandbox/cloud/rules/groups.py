"""Rules of security groups and of their own rules."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.cloud.rules.request import Refusal, Request, in_use, invalid, parts

CHARACTERS = r"a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
"""As AWS writes them, in its messages."""
TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
WITH_PORTS = ("tcp", "udp", "6", "17")
WITH_TYPES = ("icmp", "icmpv6", "1", "58")


def group_names(request: Request) -> Iterator[Refusal]:
    """The name and the description of a new group."""
    name = request.text("GroupName")
    if name.startswith("sg-"):
        yield invalid(
            f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        )
    for parameter, what in (("GroupName", "name"), ("GroupDescription", "description")):
        value = request.text(parameter)
        if not value.isascii():
            yield invalid(
                f"Value ({value}) for parameter {parameter} is invalid. Character sets beyond ASCII are not "
                "supported."
            )
        if not TEXT.fullmatch(value):
            yield invalid(
                f"Invalid security group {what}. Valid {what}s are strings less than 256 characters from the "
                f"following set:  {CHARACTERS}"
            )


def permissions(request: Request) -> Iterator[Refusal]:
    """The protocol, the ports and the descriptions of each rule that is added."""
    for permission in request.parts("IpPermissions"):
        yield from _ports(permission)
        for source in (*parts(permission, "IpRanges"), *parts(permission, "Groups")):
            if not TEXT.fullmatch(source.get("Description", "")):
                yield invalid(
                    "Invalid rule description. Valid descriptions are strings less than 256 characters from the "
                    f"following set:  {CHARACTERS}"
                )


def _ports(permission: Mapping[str, str]) -> Iterator[Refusal]:
    protocol = permission.get("IpProtocol", "")
    ports = [permission.get(name, "") for name in ("FromPort", "ToPort")]
    if protocol in (*WITH_PORTS, *WITH_TYPES):
        kind = "TCP/UDP" if protocol in WITH_PORTS else "ICMP"
        if "" in ports:
            yield invalid(f"Invalid value 'Must specify both from and to ports with {kind}.' for portRange.")
        elif protocol in WITH_PORTS and "-1" in ports:
            yield Refusal(code="InvalidPermission.Malformed", message="TCP/UDP port (-1) out of range")
    elif not re.fullmatch(r"-1|\d{1,3}", protocol):
        yield invalid(f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    # EC2 itself ignores ports here, records -1, and refuses them in a change of the rule, which the AWS provider
    # makes for the difference: here the mistake is found at once.
    elif any(port not in ("", "-1") for port in ports):
        name = "ALL" if protocol == "-1" else protocol
        yield invalid(f"When protocol is {name}, you cannot specify from-port.")


def group_unused(request: Request) -> Iterator[Refusal]:
    """No instance, load balancer or rule of another group uses it."""
    group_id, records = request.text("GroupId"), request.records
    used = (
        *(group.id for instance in records.live() for group in instance.security_groups),
        *(group for balancer in records.balancers() for group in balancer.security_groups or ()),
        *(source for group in records.groups() if group.id != group_id for source in _sources(group)),
    )
    if group_id in used:
        yield in_use(f"resource {group_id} has a dependent object")


def _sources(group: Any) -> Iterator[str]:
    """The groups that the rules of a group name."""
    for rule in (*group.ingress_rules, *group.egress_rules):
        yield str(rule.source_group.get("GroupId", ""))
