"""The archive of the router's binaries, where `weaverUrl` names a file of the machine that runs Pulumi."""

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit


def local_path(url: str) -> Path | None:
    """The file of a file: URL; None for any other URL and for none."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None


def problem(url: str, sha256: str) -> str:
    """What is wrong with the file, empty when nothing is or when no file is named. Reads the file."""
    path = local_path(url)
    if path is None or not sha256:
        return ""
    if not path.is_file():
        return f"weaverUrl is {url}: this machine has no such file; set the path of one that it has"
    if (found := hashlib.sha256(path.read_bytes()).hexdigest()) != sha256:
        return f"weaverSha256 is {sha256}, but {path} has {found}: check where the file came from"
    return ""
