"""Docker images made of files, without docker: the same files give the same digest, on every machine."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"  # not compressed: a zlib of another version would change the digest
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image: `files` (path in the image -> file on this machine), all of them root's."""

    name: str
    tag: str
    files: Mapping[str, Path]
    entrypoint: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Packed:
    """What a registry holds of an image. `blobs`: digest -> content; a digest is `sha256:<hex>`."""

    manifest: bytes
    blobs: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        return digest(self.manifest)


def pack(image: Image) -> Packed:
    """The manifest and the blobs of `image`. Raises FileNotFoundError for a file that is not there."""
    layer = tar(image.files)
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": EPOCH,
            "config": {
                "Entrypoint": list(image.entrypoint),
                "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", *(f"{k}={v}" for k, v in image.environment.items())],
            },
            "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
            "history": [{"created": EPOCH, "created_by": "the sandbox"}],
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, config),
            "layers": [_descriptor(LAYER, layer)],
        }
    )
    return Packed(manifest=manifest, blobs={digest(layer): layer, digest(config): config})


def tar(files: Mapping[str, Path]) -> bytes:
    """A tar archive of `files` and the folders above them, with no times and no owners in it."""
    folders = {str(parent) for name in files for parent in Path(name).parents if str(parent) != "."}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name in sorted({*folders, *files}):
            entry = tarfile.TarInfo(name)
            if name in files:
                content = files[name].read_bytes()
                entry.size, entry.mode = len(content), 0o755 if files[name].stat().st_mode & 0o100 else 0o644
                out.addfile(entry, io.BytesIO(content))
            else:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                out.addfile(entry)
    return archive.getvalue()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
