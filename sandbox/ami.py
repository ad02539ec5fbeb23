"""The sandbox's machine images, as the EC2 API lists them: hosts boot from a base image of sandbox/hosts/base."""

import json
from pathlib import Path

AMIS = Path(__file__).with_name("amis.json")
"""In the format that moto reads. Each is named for its value of the config key `os`."""

AMI_OF = {
    str(image["name"]).removesuffix("-amd64-sandbox"): str(image["ami_id"]) for image in json.loads(AMIS.read_text())
}
AMI = AMI_OF["debian-12"]


def system_of(ami: str) -> str:
    """The value of `os` whose hosts boot from `ami`."""
    return next(system for system, own in AMI_OF.items() if own == ami)
