"""Go programs, built from their modules by a Go that comes as a Python package. Needs no root."""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.home import Home
from sandbox.hosts.base.command import Say, run

TOOLCHAIN = Path(__file__).parent / "go.txt"
SETTINGS = {
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
SECONDS_BETWEEN_LINES = 10.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """A main package. `recipe` is the folder of the go.mod and the go.sum that it is built with.

    `path` is that of the package within the module that go.mod requires first. `ldflags` are the linker's, beside
    those that leave out symbols, and `flags` are those of the commands `list` and `build`. With `cgo`, the build
    needs a C compiler.
    """

    name: str
    recipe: Path
    path: str = ""
    ldflags: str = ""
    flags: tuple[str, ...] = ()
    cgo: bool = False

    @property
    def package(self) -> str:
        """The import path of the package."""
        lines = (self.recipe / "go.mod").read_text().splitlines()
        module = next(line.split()[1] for line in lines if line.startswith("require "))
        return f"{module}/{self.path}".rstrip("/")


class Workshop:
    """A Go, one module cache and one build cache, for all programs that are built in `folder`."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder, self.say = folder, say
        self.environment = {name: os.environ[name] for name in PASSED if name in os.environ}
        self.environment |= SETTINGS | {
            "GOPATH": str(folder / "path"),
            "GOMODCACHE": str(folder / "modules"),
            "GOCACHE": str(folder / "cache"),
            "GOTMPDIR": str(folder),
        }

    def install(self) -> None:
        """Install Go itself. Raises BuildError."""
        self.say("fetching Go")
        index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL")
        run(
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--no-deps"),
            *("--target", str(self.folder / "go"), "--requirements", str(TOOLCHAIN)),
            what="the Go programs",
            environment=os.environ | ({"UV_DEFAULT_INDEX": index} if index else {}),
        )

    def build(self, program: Program, output: Path) -> None:
        """Fetch its modules and compile it to the executable `output`. Raises BuildError."""
        self.compile(program, output, self.fetch(program))

    def fetch(self, program: Program) -> int:
        """Fetch its modules; returns the number of packages to compile. Raises BuildError."""
        self.say(f"{program.name}: fetching its Go modules")
        progress = Progress(f"{program.name}: {{}} Go modules are fetched", self.say)

        def on_line(line: str) -> None:
            if line.startswith("go: downloading "):
                progress.count()

        printed = self._go(program, "list", *program.flags, "-deps", program.package, on_line=on_line).splitlines()
        return sum(not line.startswith("go: ") for line in printed)

    def compile(self, program: Program, output: Path, packages: int) -> None:
        """Raises BuildError. Packages that an earlier program has in common with it are not compiled again.

        `output` exists only when it is complete.
        """
        self.say(f"{program.name}: compiling {packages} Go packages")
        progress = Progress(f"{program.name}: {{}} of at most {packages} Go packages are compiled", self.say)
        half = self.folder / "program"
        flags = ("-v", f"-ldflags=-s -w -buildid= {program.ldflags}", *program.flags)
        self._go(program, "build", *flags, "-o", str(half), program.package, on_line=lambda _: progress.count())
        output.parent.mkdir(parents=True, exist_ok=True)
        half.rename(output)

    def _go(self, program: Program, *words: str, on_line: Callable[[str], None]) -> str:
        return run(
            *(str(self.folder / "go/go/bin/go"), *words),
            what=program.name,
            environment=self.environment | {"CGO_ENABLED": str(int(program.cgo))},
            folder=program.recipe,
            on_line=on_line,
        )


@contextmanager
def workshop(home: Home, say: Say) -> Iterator[Workshop]:
    """A workshop in the user's cache, with Go in it: one at a time, so a second caller waits for the first.

    That one may have built the program that the second caller needs, so check again inside. Raises BuildError.
    """
    home.make_cache()
    with (home.cache / "go.lock").open("a") as lock:
        _lock(lock.fileno(), say)
        for stale in home.cache.glob("go-*"):
            discard(stale)
        folder = Path(tempfile.mkdtemp(prefix="go-", dir=home.cache))
        try:
            made = Workshop(folder, say)
            made.install()
            yield made
        finally:
            discard(folder)


def _lock(file: int, say: Say) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another build of Go programs")
        fcntl.flock(file, fcntl.LOCK_EX)


def discard(folder: Path) -> None:
    """Remove `folder` in the background.

    The caches hold some hundred thousand small files. Removing them can take minutes, and nobody needs the result.
    """
    subprocess.Popen(
        ["nice", "-n", "19", "rm", "-rf", "--", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is for the build
    )


class Progress:
    """Counts what is done, and passes `sentence` with the number to `say`, at most once in SECONDS_BETWEEN_LINES."""

    def __init__(self, sentence: str, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        self.sentence, self.say, self.clock = sentence, say, clock
        self.done, self.last = 0, clock()

    def count(self) -> None:
        self.done += 1
        if self.clock() - self.last >= SECONDS_BETWEEN_LINES:
            self.last = self.clock()
            self.say(self.sentence.format(self.done))
