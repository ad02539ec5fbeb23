"""Docker images made of files, without docker: the same files give the same digest, on every machine."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"  # not compressed: a zlib of another version would change the digest
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image: `files` (path in it -> content), all of them root's and executable."""

    name: str
    tag: str
    files: Mapping[str, bytes]
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
    """The manifest and the blobs of `image`."""
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


def tar(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of `files` and the folders above them, with no times and no owners in it."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents if str(parent) != "."}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name in sorted({*folders, *files}):
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            if name in files:
                entry.size = len(files[name])
                out.addfile(entry, io.BytesIO(files[name]))
            else:
                entry.type = tarfile.DIRTYPE
                out.addfile(entry)
    return archive.getvalue()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
