"""The vendors' public parameters that name the sandbox's images.

They are answered here and not by the EC2 API, so that a preview needs no running sandbox.
"""

from typing import Any

from infra.config.operating_systems import OPERATING_SYSTEMS
from sandbox.ami import AMI_OF
from sandbox.providers.failure import ProviderError

IMAGES = {OPERATING_SYSTEMS[system].image_parameter: ami for system, ami in AMI_OF.items()}


def image_parameter(name: str) -> dict[str, Any]:
    """What aws:ssm/getParameter answers. Raises ProviderError for any parameter but those of IMAGES."""
    if name not in IMAGES:
        raise ProviderError(f"there is no parameter {name}: the sandbox has an image for os {', '.join(AMI_OF)} only")
    known = {"id": name, "name": name, "type": "String", "version": 1}
    return {**known, "value": IMAGES[name], "insecureValue": IMAGES[name]}
