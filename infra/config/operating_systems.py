"""The operating systems that a node can run: releases of Debian and Ubuntu, and what differs between them."""

from dataclasses import dataclass
from typing import Literal

Init = Literal["systemd", "upstart"]
TEXT = "tests check its files as text only"
CORE = "tests on real hosts run its core"


@dataclass(frozen=True, kw_only=True)
class OperatingSystem:
    """`image_parameter` is the vendor's public SSM parameter that holds the AMI's id (amd64, EBS).

    Sources: Canonical's and Debian's documentation of their AWS public parameters. Canonical publishes none for
    14.04, so config has to name an AMI. `imds_v2` is whether its cloud-init reads instance metadata by tokens
    (IMDSv2, cloud-init 19.4). `tests` is what tests do with it; empty where all those on real hosts run on it.
    """

    login: str
    init: Init
    image_parameter: str | None
    imds_v2: bool = True
    tests: str = TEXT


def _ubuntu(release: str, volume: str, *, tests: str = TEXT) -> OperatingSystem:
    parameter = f"/aws/service/canonical/ubuntu/server/{release}/stable/current/amd64/hvm/{volume}/ami-id"
    return OperatingSystem(login="ubuntu", init="systemd", image_parameter=parameter, tests=tests)


def _debian(release: int, *, tests: str) -> OperatingSystem:
    parameter = f"/aws/service/debian/release/{release}/latest/amd64"
    return OperatingSystem(login="admin", init="systemd", image_parameter=parameter, tests=tests)


OPERATING_SYSTEMS = {
    "debian-12": _debian(12, tests=""),
    "debian-13": _debian(13, tests=CORE),
    "ubuntu-24.04": _ubuntu("24.04", "ebs-gp3", tests=f"{CORE}, with its docker on Debian 12's other packages"),
    "ubuntu-22.04": _ubuntu("22.04", "ebs-gp2"),
    "ubuntu-14.04": OperatingSystem(login="ubuntu", init="upstart", image_parameter=None, imds_v2=False),
}
