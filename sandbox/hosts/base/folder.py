"""A recipe: a folder whose content decides what is made of it."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path


def fingerprint(recipe: Path, *more: str) -> str:
    """12 hex digits over name and content of the recipe's files, except its Python, and over `more`."""
    digest = hashlib.sha256("\0".join(more).encode())
    for file in _files(recipe):
        if file.suffix not in (".py", ".pyc"):
            digest.update(f"\0{file.relative_to(recipe)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def copy_files(files: Path, root: Path) -> None:
    """Put the content of `files` under `root`, in place of what is there; a script is executable."""
    for file in _files(files):
        target = root / file.relative_to(files)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(file, target)
        target.chmod(0o755 if file.read_bytes().startswith(b"#!") else 0o644)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
