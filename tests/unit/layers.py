"""Programs out of the layers of the sandbox's images, for tests that ask the program itself."""

import os
import re
import tarfile
from pathlib import Path

import pytest


def unpacked(image: str, folder: Path) -> Path:
    """The newest layer of this image that this machine has built, in `folder`; skips the test without one."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "apollo/images"
    built = [path for path in cache.glob("*/layer.tar") if re.fullmatch(rf"{image}-[0-9a-f]+", path.parent.name)]
    if not built:
        pytest.skip(f"the sandbox's image {image} is not built yet: `python -m sandbox image` builds it")
    with tarfile.open(max(built, key=lambda path: path.stat().st_mtime)) as archive:
        archive.extractall(folder, filter="tar")
    return folder
