"""Layers of one Go program each, built from its module by a Go that comes as a Python package."""

import os
import shutil
import sys
from pathlib import Path

from sandbox.images.command import run
from sandbox.images.recipe import Recipe

TOOLCHAIN = Path(__file__).parent / "go.txt"
SETTINGS = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false -trimpath",
    "GOTOOLCHAIN": "local",
    "GOARCH": "amd64",
    "GOOS": "linux",
    "GOWORK": "off",
    "GOENV": "off",
    "GOGC": "400",  # memory for time, in the compiler
}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
PASSED = ("PATH", "HOME", "GOPROXY", "SSL_CERT_FILE", *PROXIES)


class Toolchain:
    """Go and what it keeps between two builds, all in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: os.environ[name] for name in PASSED if name in os.environ}
        self.environment |= SETTINGS | {
            "GOPATH": str(folder / "path"),
            "GOMODCACHE": str(folder / "modules"),
            "GOCACHE": str(folder / "cache"),
            "GOTMPDIR": str(folder),
        }

    def install(self) -> None:
        """Raises BuildError."""
        index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL")
        run(
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--no-deps"),
            *("--target", str(self.folder / "go"), "--requirements", str(TOOLCHAIN)),
            what="the Go programs",
            environment=os.environ | ({"UV_DEFAULT_INDEX": index} if index else {}),
        )

    def build(self, recipe: Recipe, root: Path) -> None:
        """Put the program, named as the recipe is, into `root`/usr/bin. Raises BuildError."""
        module = self.folder / recipe.name
        module.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(recipe.folder / name, module / name)
        package = next(line for line in (module / "go.mod").read_text().splitlines() if line.startswith("require "))
        run(
            *(str(self.folder / "go/go/bin/go"), "build", "-ldflags=-s -w -buildid="),
            *("-o", str(root / "usr/bin" / recipe.name), package.split()[1]),
            what=f"the image of {recipe.name}",
            environment=self.environment,
            folder=module,
        )
