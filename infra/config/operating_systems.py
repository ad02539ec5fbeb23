"""The operating systems that a node can run: releases of Debian and Ubuntu, and what differs between them."""

from dataclasses import dataclass
from typing import Literal

Init = Literal["systemd", "upstart"]


@dataclass(frozen=True, kw_only=True)
class OperatingSystem:
    """`image_parameter` is the vendor's public SSM parameter that holds the AMI's id (amd64, EBS).

    Sources: Canonical's and Debian's documentation of their AWS public parameters. Canonical publishes none for
    14.04, so config has to name an AMI.
    """

    login: str
    init: Init
    image_parameter: str | None


def _ubuntu(release: str, volume: str) -> OperatingSystem:
    parameter = f"/aws/service/canonical/ubuntu/server/{release}/stable/current/amd64/hvm/{volume}/ami-id"
    return OperatingSystem(login="ubuntu", init="systemd", image_parameter=parameter)


OPERATING_SYSTEMS = {
    "ubuntu-24.04": _ubuntu("24.04", "ebs-gp3"),
    "ubuntu-22.04": _ubuntu("22.04", "ebs-gp2"),
    "debian-12": OperatingSystem(
        login="admin", init="systemd", image_parameter="/aws/service/debian/release/12/latest/amd64"
    ),
    "ubuntu-14.04": OperatingSystem(login="ubuntu", init="upstart", image_parameter=None),
}
