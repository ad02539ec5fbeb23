"""CopyToRemote: a file, a text or a folder, put on a host by SFTP."""

import hashlib
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi import FileArchive, FileAsset, StringAsset

from sandbox.providers.connection import Connection, dial
from sandbox.providers.failure import ProviderError
from sandbox.providers.values import Plain, has_unknown

if TYPE_CHECKING:
    import asyncssh

# An output of ours: the SDK drops the hash that an asset carries in the real protocol, and an update
# must see that a file changed while its path did not.
DIGEST = "sourceDigest"


def complaints(inputs: Plain) -> list[str]:
    """What is wrong with `source`; empty when nothing is."""
    source = inputs.get("source")
    if source is None or has_unknown(source):
        return []
    if isinstance(source, StringAsset):
        return []
    if isinstance(source, FileAsset | FileArchive):
        return [] if Path(source.path).exists() else [f"source {source.path}: no such file or folder"]
    return ["source must be a FileAsset, a StringAsset or a FileArchive"]


def digest(source: Any) -> str:
    """SHA-256 of what would be copied: names and bytes of a folder, bytes of a file or text."""
    if isinstance(source, StringAsset):
        return hashlib.sha256(source.text.encode()).hexdigest()
    if not isinstance(source, FileAsset | FileArchive):
        return str(source)  # an unknown: differs from every digest
    top, total = Path(source.path), hashlib.sha256()
    if not top.is_dir():
        return hashlib.sha256(top.read_bytes()).hexdigest()
    for path in sorted(path for path in top.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(top)}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


async def apply(inputs: Plain, olds: Plain, preview: bool) -> Plain:
    """Copies where content or destination changed; returns the outputs that are not inputs."""
    now = digest(inputs["source"])
    moved = inputs["remotePath"] != olds.get("remotePath")
    if not preview and (now != olds.get(DIGEST) or moved):
        await _copy(inputs["source"], inputs["remotePath"], Connection.of(inputs["connection"]))
    return {DIGEST: now}


async def _copy(source: Any, target: str, connection: Connection) -> None:
    import asyncssh

    async with dial(connection) as client:
        try:
            async with client.start_sftp_client() as sftp:
                if isinstance(source, StringAsset):
                    await _write_text(sftp, source.text, target)
                else:
                    await _put(sftp, source.path, target)
        except (asyncssh.SFTPError, OSError) as error:
            raise ProviderError(f"copy to {connection.host}:{target}: {error}") from error


async def _write_text(sftp: "asyncssh.SFTPClient", text: str, target: str) -> None:
    if await sftp.isdir(target):
        raise ProviderError(f"remote path {target} is a directory; a text needs the path of a file")
    await sftp.makedirs(posixpath.dirname(target) or ".", exist_ok=True)
    async with sftp.open(target, "wb") as remote:
        await remote.write(text.encode())


async def _put(sftp: "asyncssh.SFTPClient", source: str, target: str) -> None:
    """A file into an existing folder keeps its name; a folder goes into the target under its own name,
    or, with a slash at its end, gives only its contents."""
    into_folder = await sftp.isdir(target)
    if not Path(source).is_dir():
        if into_folder:
            target = posixpath.join(target, Path(source).name)
        await sftp.makedirs(posixpath.dirname(target) or ".", exist_ok=True)
        await sftp.put(source, target)
        return
    if not into_folder and await sftp.exists(target):
        raise ProviderError(f"remote path {target} exists but is not a directory")
    if not source.endswith("/"):
        target = posixpath.join(target, Path(source).name)
    await sftp.makedirs(target, exist_ok=True)
    for path in sorted(Path(source).iterdir()):
        await sftp.put(str(path), posixpath.join(target, path.name), recurse=True)
