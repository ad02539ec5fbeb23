"""Writes images into the storage of a docker registry, in its own layout.

A layer is a hard link into the user's cache, so a new sandbox has all its images at once, and they take no space.
The registry reads its storage at each request, so images can be added while it runs.
"""

import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from sandbox.images.oci import Image, Layer, Packed, pack

LAYOUT = "docker/registry/v2"


def offer(storage: Path, images: Sequence[Image]) -> list[str]:
    """Add to `storage` those of `images` that it lacks. Returns their names, as `name:tag@digest`."""
    new = []
    for image in images:
        packed = pack(image)
        if not _has(storage, image, packed):
            _put(storage, image, packed)
            new.append(f"{image.name}:{image.tag}@{packed.digest}")
    return new


def lacks(storage: Path, images: Sequence[Image]) -> bool:
    """Whether one of `images` is not in `storage`."""
    return any(not _has(storage, image, pack(image)) for image in images)


def _has(storage: Path, image: Image, packed: Packed) -> bool:
    tag = _repository(storage, image) / "_manifests/tags" / image.tag / "current/link"
    blobs = all(_blob(storage, name).exists() for name in packed.blobs)
    return blobs and tag.exists() and tag.read_text() == packed.digest


def _put(storage: Path, image: Image, packed: Packed) -> None:
    """Write the tag last, so that the registry offers no incomplete image."""
    repository = _repository(storage, image)
    for name, blob in packed.blobs.items():
        _write(_blob(storage, name), blob)
        _link(repository / "_layers", name)
    _write(_blob(storage, packed.digest), packed.manifest)
    _link(repository / "_manifests/revisions", packed.digest)
    tag = repository / "_manifests/tags" / image.tag
    _link(tag / "index", packed.digest)
    _write(tag / "current/link", packed.digest.encode())


def _repository(storage: Path, image: Image) -> Path:
    return storage / LAYOUT / "repositories" / image.name


def _blob(storage: Path, digest: str) -> Path:
    kind, _, value = digest.partition(":")
    return storage / LAYOUT / "blobs" / kind / value[:2] / value / "data"


def _link(folder: Path, digest: str) -> None:
    _write(folder / digest.replace(":", "/") / "link", digest.encode())


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
