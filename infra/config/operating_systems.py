"""The operating systems that a node can run: releases of Debian and Ubuntu, and what differs between them."""

from dataclasses import dataclass
from typing import Literal

Init = Literal["systemd", "upstart"]


@dataclass(frozen=True, kw_only=True)
class OperatingSystem:
    """`image_parameter` is the vendor's public SSM parameter that holds the AMI's id (amd64, EBS).

    Sources: Canonical's and Debian's documentation of their AWS public parameters. Canonical publishes none for
    14.04, so config has to name an AMI. `imds_v2` is whether its cloud-init reads instance metadata by tokens
    (IMDSv2, cloud-init 19.4). `tested` is whether the tests run on real hosts of it; of the others they check the
    text of every file.
    """

    login: str
    init: Init
    image_parameter: str | None
    imds_v2: bool = True
    tested: bool = False


def _ubuntu(release: str, volume: str) -> OperatingSystem:
    parameter = f"/aws/service/canonical/ubuntu/server/{release}/stable/current/amd64/hvm/{volume}/ami-id"
    return OperatingSystem(login="ubuntu", init="systemd", image_parameter=parameter)


def _debian(release: int, *, tested: bool = False) -> OperatingSystem:
    parameter = f"/aws/service/debian/release/{release}/latest/amd64"
    return OperatingSystem(login="admin", init="systemd", image_parameter=parameter, tested=tested)


OPERATING_SYSTEMS = {
    "debian-12": _debian(12, tested=True),
    "debian-13": _debian(13),
    "ubuntu-24.04": _ubuntu("24.04", "ebs-gp3"),
    "ubuntu-22.04": _ubuntu("22.04", "ebs-gp2"),
    "ubuntu-14.04": OperatingSystem(login="ubuntu", init="upstart", image_parameter=None, imds_v2=False),
}
