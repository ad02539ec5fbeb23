"""References: where docker pulls an image from, read from its name as docker reads it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from infra.config.rules import IMAGE
from infra.steps.images import registry_of

HUB = "registry-1.docker.io"
"""Where docker pulls images from that name no registry."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`registry` is host[:port]; of `tag` and `digest` (sha256:<hex>), one can be empty."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def of(cls, image: str) -> "Reference":
        """Raises ValueError for what docker would not accept."""
        if not re.fullmatch(IMAGE, image):
            raise ValueError(f"{image} is not an image with a tag or a digest")
        name, _, digest = image.partition("@")
        registry, rest = registry_of(name)
        repository, _, tag = rest.partition(":")
        if registry in ("", "docker.io", "index.docker.io"):
            registry, repository = HUB, repository if "/" in repository else f"library/{repository}"
        return cls(registry=registry, repository=repository, tag=tag, digest=digest)

    @property
    def wanted(self) -> str:
        """What docker asks a registry for: the digest if there is one, whatever the tag is."""
        return self.digest or self.tag


def pinned(image: str, digest: str) -> str:
    """The image by its tag, if it has one, and by `digest`."""
    return f"{image.partition('@')[0]}@{digest}"


def is_loopback(registry: str) -> bool:
    """Whether the registry is on this machine. Without TLS, docker speaks to no other."""
    host = registry.rpartition(":")[0] or registry
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
