"""Writes images into the storage of a docker registry, in its own layout.

A layer is a hard link into the user's cache, so a new sandbox has all its images at once, and they take no space.
The registry reads its storage at each request, so images can be added while it runs.
"""

import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from sandbox.images.oci import Layer, Packed, digest

LAYOUT = "docker/registry/v2"


def offer(storage: Path, images: Sequence[Packed]) -> list[str]:
    """Add to `storage` those of `images` that it lacks. Returns their names, as `name:tag@digest`."""
    new = [image for image in images if not _has(storage, image)]
    for image in new:
        _put(storage, image)
    return [image.reference for image in new]


def lacks(storage: Path, images: Sequence[Packed]) -> bool:
    """Whether one of `images` is not in `storage`."""
    return any(not _has(storage, image) for image in images)


def holds(storage: Path, image: str) -> bool:
    """Whether `image`, a name with a tag, a digest or both, is in `storage`."""
    tagged, _, known = image.partition("@")
    name, _, tag = tagged.partition(":")
    manifests = _repository(storage, name) / "_manifests"
    link = manifests / "revisions" / known.replace(":", "/") if known else manifests / "tags" / tag / "current"
    return (link / "link").exists()


def _has(storage: Path, image: Packed) -> bool:
    repository = _repository(storage, image.name)
    revision = repository / "_manifests/revisions" / image.digest.replace(":", "/") / "link"
    tag = repository / "_manifests/tags" / image.tag / "current/link"
    blobs = all(_blob(storage, name).exists() for name in image.blobs)
    return blobs and revision.exists() and (not image.tag or (tag.exists() and tag.read_text() == image.digest))


def _put(storage: Path, image: Packed) -> None:
    """Write the tag last, so that the registry offers no incomplete image."""
    repository = _repository(storage, image.name)
    for name, blob in image.blobs.items():
        _write(_blob(storage, name), blob)
        _link(repository / "_layers", name)
    for manifest in (*image.entries, image.manifest):
        _write(_blob(storage, digest(manifest)), manifest)
        _link(repository / "_manifests/revisions", digest(manifest))
    if image.tag:
        tag = repository / "_manifests/tags" / image.tag
        _link(tag / "index", image.digest)
        _write(tag / "current/link", image.digest.encode())


def _repository(storage: Path, name: str) -> Path:
    return storage / LAYOUT / "repositories" / name


def _blob(storage: Path, name: str) -> Path:
    kind, _, value = name.partition(":")
    return storage / LAYOUT / "blobs" / kind / value[:2] / value / "data"


def _link(folder: Path, name: str) -> None:
    _write(folder / name.replace(":", "/") / "link", name.encode())


def _write(path: Path, content: bytes | Layer) -> None:
    """Write a complete file or none; a layer as a link, or as a copy if the cache is on another disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{uuid.uuid4().hex}")
    if isinstance(content, bytes):
        half.write_bytes(content)
    else:
        try:
            os.link(content.file, half)
        except OSError:
            shutil.copyfile(content.file, half)
    half.rename(path)
