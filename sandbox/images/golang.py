"""Layers of one Go program each, built from its module by a Go that comes as a Python package."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.hosts.base.build import Say
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

    def build(self, recipe: Recipe, say: Say, root: Path) -> None:
        """Put the program, named as the recipe is, into `root`/usr/bin. Raises BuildError."""
        module = self.folder / recipe.name
        module.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(recipe.folder / name, module / name)
        required = next(line for line in (module / "go.mod").read_text().splitlines() if line.startswith("require "))
        package = required.split()[1]
        say(f"fetching the Go modules of {recipe.name}")
        listed = self._go(recipe, module, "list", "-deps", package).splitlines()
        progress = Progress(recipe.name, sum(not line.startswith("go: ") for line in listed), say)
        program = str(root / "usr/bin" / recipe.name)
        self._go(
            *(recipe, module, "build", "-v", "-ldflags=-s -w -buildid=", "-o", program, package), heard=progress.heard
        )

    def _go(self, recipe: Recipe, module: Path, *words: str, heard: Callable[[str], None] = lambda _: None) -> str:
        return run(
            *(str(self.folder / "go/go/bin/go"), *words),
            what=f"the image of {recipe.name}",
            environment=self.environment,
            folder=module,
            heard=heard,
        )


class Progress:
    """Says at each quarter how many of a program's packages are compiled, of which `go build -v` has a line each."""

    def __init__(self, name: str, total: int, say: Say) -> None:
        self.name, self.total, self.say = name, total, say
        self.done = 0

    def heard(self, _line: str) -> None:
        before, self.done = self.done, self.done + 1
        if before * 4 // self.total != self.done * 4 // self.total:
            self.say(f"{self.name}: {self.done} of {self.total} Go packages are compiled")
