"""CopyToRemote: a file of this machine, put on a host by SFTP."""

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

from pulumi import FileAsset

from sandbox.providers.assets import hash_alone
from sandbox.providers.command.connection import Connection, dial
from sandbox.providers.failure import ProviderError
from sandbox.providers.values import Plain

# An output of ours: the SDK drops the hash that an asset has in the protocol, and an update must show that a file
# changed under the same path.
DIGEST = "sourceDigest"


def digest(source: Any) -> str:
    """SHA-256 of the file's bytes."""
    if not isinstance(source, FileAsset):
        return str(source)  # an unknown: differs from every digest
    if (known := hash_alone(source.path)) is not None:
        return known
    with Path(source.path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def apply(inputs: Plain, olds: Plain, preview: bool) -> Plain:
    """Copies where content or destination changed; returns the outputs that are not inputs."""
    now = digest(inputs["source"])
    if not preview and (now, inputs["remotePath"]) != (olds.get(DIGEST), olds.get("remotePath")):
        await _copy(inputs["source"].path, inputs["remotePath"], Connection.of(inputs["connection"]))
    return {DIGEST: now}


async def _copy(source: str, target: str, connection: Connection) -> None:
    import asyncssh

    async with dial(connection) as client:
        try:
            async with client.start_sftp_client() as sftp:
                await sftp.makedirs(PurePosixPath(target).parent, exist_ok=True)
                await sftp.put(source, target)
        except (asyncssh.SFTPError, OSError) as error:
            raise ProviderError(f"copy to {connection.host}:{target}: {error}") from error
