"""The public parameter that names the sandbox's image: answered here, so that a preview needs no running sandbox."""

import json
from typing import Any

from sandbox.home import PROJECT
from sandbox.providers.failure import ProviderError

PARAMETER = "/aws/service/debian/release/12/latest/amd64"
_AMIS = PROJECT / "sandbox/cloud/amis.json"


def image_parameter(name: str) -> dict[str, Any]:
    """What aws:ssm/getParameter answers; raises ProviderError for a parameter other than the one there is."""
    if name != PARAMETER:
        raise ProviderError(f"there is no parameter {name}: the sandbox has an image for os debian-12 only")
    image = json.loads(_AMIS.read_text())[0]["ami_id"]
    known = {"id": name, "name": name, "type": "String", "version": 1}
    return {**known, "value": image, "insecureValue": image}
