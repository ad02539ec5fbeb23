"""Rules of security groups, as the program asks AWS for them."""

from typing import Any

ADMIN, WORLD = "198.51.100.7/32", "0.0.0.0/0"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def ports(rule: dict[str, Any]) -> str:
    """8300/tcp, 31000-32000/tcp, esp (IP protocol 50), 3/4 of icmp (a type and its code), icmp, or all."""
    named = {"50": "esp", "-1": "all"}
    if rule["ipProtocol"] in named:
        return named[rule["ipProtocol"]]
    first, last = int(rule["fromPort"]), int(rule["toPort"])
    if rule["ipProtocol"] == "icmp":
        return "icmp" if (first, last) == (-1, -1) else f"{first}/{last} of icmp"
    return f"{first}/{rule['ipProtocol']}" if first == last else f"{first}-{last}/{rule['ipProtocol']}"
