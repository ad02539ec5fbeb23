"""The docker that Ubuntu ships, built from its Go modules: a layer that lies over a base image of Debian's packages.

A file of the layer replaces the base's file of that name. The base has the package docker.io, so that its units are
there and the package counts as installed.
"""

from collections.abc import Mapping
from pathlib import Path

from sandbox.home import Home
from sandbox.hosts.base.build import base_folder
from sandbox.hosts.base.folder import copy_files, fingerprint
from sandbox.hosts.base.systems import System
from sandbox.images.golang import Program

RECIPE = Path(__file__).parent / "engine"
# Ubuntu's docker.io is 29.1.3. The daemon's module has only one version of that series, which has the same API, 1.52.
DAEMON, COMMAND, CONTAINERD, RUNC = "29.1.0", "29.1.3", "2.2.1", "1.3.3"
# runc calls libseccomp, in C; linked statically, since a host may have another libc than this machine.
BUILD_PACKAGES = ("gcc", "libc6-dev", "libseccomp-dev", "pkg-config")
LAYER: Mapping[str, Program] = {
    "usr/sbin/dockerd": Program(
        name="dockerd",
        recipe=RECIPE / "moby",
        path="cmd/dockerd",
        ldflags=f"-X github.com/moby/moby/v2/dockerversion.Version={DAEMON}",
    ),
    "usr/sbin/docker-proxy": Program(name="docker-proxy", recipe=RECIPE / "moby", path="cmd/docker-proxy"),
    "usr/bin/docker": Program(
        name="docker",
        recipe=RECIPE / "cli",
        path="cmd/docker",
        ldflags=f"-X github.com/docker/cli/cli/version.Version={COMMAND}",
        flags=("-gcflags=github.com/docker/cli/...=-lang=go1.24",),
    ),
    **{
        f"usr/bin/{name}": Program(
            name=name,
            recipe=RECIPE / "containerd",
            path=f"cmd/{name}",
            ldflags=f"-X github.com/containerd/containerd/v2/version.Version={CONTAINERD}",
        )
        for name in ("containerd", "containerd-shim-runc-v2")
    },
    "usr/sbin/runc": Program(
        name="runc",
        recipe=RECIPE / "runc",
        ldflags=f"-X main.version={RUNC} -extldflags=-static",
        flags=("-tags=seccomp,netgo,osusergo",),
        cgo=True,
    ),
}


def engine_folder(home: Home) -> Path:
    """Where the layer of the present recipe is, or will be."""
    versions = (DAEMON, COMMAND, CONTAINERD, RUNC)
    return home.cache / f"engine-{fingerprint(RECIPE, *versions)}"


def host_layers(home: Home, system: System) -> tuple[Path, ...]:
    """The folders that the root of a system's hosts consists of, the uppermost first."""
    base = base_folder(home, system)
    return (engine_folder(home), base) if system.engine else (base,)


def lacking(home: Home, system: System) -> Mapping[Program, Path]:
    """The programs of the system's engine that are not built yet, each with the file that it is to be."""
    if not system.engine:
        return {}
    files = {program: engine_folder(home) / path for path, program in LAYER.items()}
    return {program: file for program, file in files.items() if not file.exists()}


def prepare(home: Home) -> None:
    """Make the layer's folder, with what in it is not a program."""
    copy_files(RECIPE / "files", engine_folder(home))
