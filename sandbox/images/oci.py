"""Docker images made of files, without docker: the same files give the same digest, on every machine."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"  # not compressed: a zlib of another version would change the digest
EPOCH = "1970-01-01T00:00:00Z"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A tar archive on disk; `digest` is `sha256:<hex>` of it, `size` in bytes."""

    file: Path
    digest: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image: `layers`, the lowest first, and on top `files` (path in it -> content), all root's and executable.

    Over layers of Debian, a path starts with usr/bin rather than bin, which is a link there.
    """

    name: str
    tag: str
    entrypoint: Sequence[str]
    layers: Sequence[Layer] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"  # that it starts in
    ports: Sequence[int] = ()  # TCP, as a Dockerfile's EXPOSE: registrator goes by them

    def __post_init__(self) -> None:
        for path in self.files:
            if self.layers and path.split("/")[0] in ("bin", "sbin", "lib", "lib64"):
                raise ValueError(f"{self.name}: {path} would hide a link of the layers below: usr/{path}")


@dataclass(frozen=True, kw_only=True)
class Packed:
    """What a registry holds of an image. `blobs`: digest -> content, or the layer whose file has it.

    `tag` is empty for an image that is known by its digest alone. If `manifest` is an index of several platforms,
    `entries` has those of its manifests that are there.
    """

    name: str
    tag: str
    manifest: bytes
    blobs: Mapping[str, bytes | Layer]
    entries: Sequence[bytes] = ()

    @property
    def digest(self) -> str:
        return digest(self.manifest)

    @property
    def reference(self) -> str:
        """name:tag@digest, or name@digest."""
        return f"{self.name}{self.tag and ':'}{self.tag}@{self.digest}"


def pack(image: Image) -> Packed:
    """The manifest and the blobs of `image`."""
    blobs: dict[str, bytes | Layer] = {layer.digest: layer for layer in image.layers}
    if image.files:
        top = tar(image.files)
        blobs[digest(top)] = top
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": EPOCH,
            "config": {
                "Entrypoint": list(image.entrypoint),
                "Cmd": list(image.command),
                "Env": [f"PATH={PATH}", *(f"{k}={v}" for k, v in image.environment.items())],
                "WorkingDir": image.folder,
                **({"ExposedPorts": {f"{port}/tcp": {} for port in image.ports}} if image.ports else {}),
            },
            "rootfs": {"type": "layers", "diff_ids": list(blobs)},
            "history": [{"created": EPOCH, "created_by": "the sandbox"} for _ in blobs],
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, digest(config), len(config)),
            "layers": [_descriptor(LAYER, name, _size(blob)) for name, blob in blobs.items()],
        }
    )
    return Packed(name=image.name, tag=image.tag, manifest=manifest, blobs={**blobs, digest(config): config})


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


def folder_layer(root: Path, file: Path) -> Layer:
    """Write to `file` a tar archive of what `root` holds, with no times and no owners in it; modes and links stay."""
    with tarfile.open(file, mode="w", format=tarfile.GNU_FORMAT) as out:
        for path in sorted(root.rglob("*")):
            entry = out.gettarinfo(path, str(path.relative_to(root)))
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, 0, "", ""
            if entry.isfile():
                with path.open("rb") as content:
                    out.addfile(entry, content)
            else:
                out.addfile(entry)
    with file.open("rb") as written:
        name = hashlib.file_digest(written, "sha256").hexdigest()
    return Layer(file=file, digest=f"sha256:{name}", size=file.stat().st_size)


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _size(blob: bytes | Layer) -> int:
    return blob.size if isinstance(blob, Layer) else len(blob)


def _descriptor(kind: str, name: str, size: int) -> dict[str, object]:
    return {"mediaType": kind, "digest": name, "size": size}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
