"""The vendor's public parameter that names the sandbox's image.

It is answered here and not by the EC2 API, so that a preview needs no running sandbox.
"""

from typing import Any

from infra.config.operating_systems import OPERATING_SYSTEMS
from sandbox.ami import AMI
from sandbox.providers.failure import ProviderError

OS = "debian-12"
PARAMETER = OPERATING_SYSTEMS[OS].image_parameter


def image_parameter(name: str) -> dict[str, Any]:
    """What aws:ssm/getParameter answers. Raises ProviderError for any parameter but PARAMETER."""
    if name != PARAMETER:
        raise ProviderError(f"there is no parameter {name}: the sandbox has an image for os {OS} only")
    known = {"id": name, "name": name, "type": "String", "version": 1}
    return {**known, "value": AMI, "insecureValue": AMI}
