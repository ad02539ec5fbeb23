"""Published images in the user's cache, as skopeo wrote them there (skopeo.py).

They keep their digests, also that of an index, of which only the manifest for linux/amd64 is taken. So what
`docker pull` records on a host of the sandbox is what it records on AWS.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.home import Home
from sandbox.images.oci import Layer, Packed


@dataclass(frozen=True, kw_only=True)
class Published:
    """An image by its name in the stack's config, without a registry; `source` is the registry that it is from."""

    image: str
    source: str
    date: str
    folder: Path

    @property
    def packed(self) -> Packed:
        """Raises OSError or ValueError if the cache is damaged."""
        own, index = (self.folder / "manifest.json").read_bytes(), self.folder / "index.json"
        manifest = json.loads(own)
        name, _, tag = self.image.partition("@")[0].partition(":")
        return Packed(
            name=name,
            tag=tag,
            manifest=index.read_bytes() if index.exists() else own,
            blobs={one["digest"]: self._blob(one) for one in (manifest["config"], *manifest["layers"])},
            entries=[own],
        )

    def _blob(self, described: Mapping[str, Any]) -> Layer:
        name = described["digest"]
        return Layer(file=self.folder / name.partition(":")[2], digest=name, size=described["size"])


def cached(home: Home) -> Mapping[str, Published]:
    """The images in the cache by name."""
    found = {}
    for file in sorted(cache(home).glob("*/image.json")):
        known = json.loads(file.read_text())
        found[known["image"]] = Published(folder=file.parent, **known)
    return found


def cache(home: Home) -> Path:
    """Its folder: in it one for each image, with skopeo's layout `dir:`, and index.json and image.json of our own."""
    return home.cache / "published"
