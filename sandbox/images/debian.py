"""Layers of Debian packages: their files alone.

A recipe lists its packages with the libraries that they load. apt's own choice would add what only their installation
needs: Perl for HAProxy, Kerberos and gevent for kazoo, Jetty, Spring and GLib for ZooKeeper.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sandbox.hosts.base.command import of_root, run
from sandbox.hosts.base.sources import RELEASES
from sandbox.images.recipe import BOTTOM, Recipe, recipes

# /bin and the like are links in the lowest layer; a folder of that name in a layer above would hide the link.
SUITE = "trixie"  # the release that the packages are from, whichever the hosts run: nearest to the images on AWS
MERGED = ("bin", "sbin", "lib", "lib64")
WITHOUT = (
    "usr/share/bash-completion",
    "usr/share/bug",
    "usr/share/doc",
    "usr/share/info",
    "usr/share/javascript",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/maven-repo",
    "usr/lib/x86_64-linux-gnu/gconv",
    "usr/lib/jvm/java-21-openjdk-amd64/lib/ct.sym",
    "usr/lib/jvm/java-21-openjdk-amd64/lib/server/classes_nocoops.jsa",
)
FOLDERS = {"dev": 0o755, "proc": 0o755, "sys": 0o755, "run": 0o755, "root": 0o700, "tmp": 0o1777, "var/tmp": 0o1777}


def download(wanted: Sequence[Recipe], base: Path, folder: Path) -> Path:
    """Fetch the packages of all `wanted`, and the lowest layer's, with the sources of the hosts' base image.

    This machine's apt does it, for the release SUITE. Returns the folder of the .deb files.
    """
    packages = sorted({package for recipe in (*wanted, _bottom()) for package in recipe.packages})
    for part in ("lists/partial", "debs"):
        (folder / part).mkdir(parents=True)
    sources = (base / "etc/apt/sources.list").read_text()
    for release in RELEASES:
        sources = sources.replace(f" {release}", f" {SUITE}")
    (folder / "sources.list").write_text(sources)
    settings = folder / "apt.conf"
    settings.write_text(
        f'APT::Sandbox::User "root";\n'
        f'APT::Update::Error-Mode "any";\n'
        f'Acquire::Retries "3";\n'
        f'APT::Architecture "amd64";\n'
        f'APT::Architectures {{ "amd64"; }};\n'
        f'Dir::State::status "/dev/null";\n'
        f'Dir::State::lists "{folder}/lists";\n'
        f'Dir::Cache::pkgcache "";\n'
        f'Dir::Cache::srcpkgcache "";\n'
        f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
        f'Dir::Etc::sourceparts "/dev/null";\n'
        f'Dir::Etc::trustedparts "{base}/etc/apt/trusted.gpg.d";\n'
        f'Acquire::Languages "none";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(settings), "LC_ALL": "C"}
    what = f"the images of {', '.join(recipe.name for recipe in wanted)}"
    run("apt-get", "--quiet", "update", what=what, environment=environment)
    run("apt-get", "--quiet", "download", *packages, what=what, environment=environment, folder=folder / "debs")
    return folder / "debs"


def unpack(recipe: Recipe, debs: Path, root: Path) -> None:
    """Fill `root` with the content of the layer of `recipe`."""
    _extract(recipe, debs, root)
    for name in MERGED:
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)
    for name in WITHOUT:
        unwanted = root / name
        if unwanted.is_dir():
            shutil.rmtree(unwanted)
        else:
            unwanted.unlink(missing_ok=True)
    if recipe.name == BOTTOM:
        _furnish(root)
    if any((root / "usr/lib").glob("python3*")):
        _compile(recipe, debs, root)


def _bottom() -> Recipe:
    return next(recipe for recipe in recipes() if recipe.name == BOTTOM)


def _extract(recipe: Recipe, debs: Path, root: Path) -> None:
    for package in recipe.packages:
        file = next(debs.glob(f"{package}_*.deb"))
        run("dpkg-deb", "--extract", str(file), str(root), what=f"the image of {recipe.name}", environment=os.environ)


def _furnish(root: Path) -> None:
    """Make the folders that a container needs, and a link to busybox for each of its commands."""
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    for name, mode in FOLDERS.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name).chmod(mode)
    listed = run(str(root / "usr/bin/busybox"), "--list-full", what="the lowest layer", environment={})
    for name in listed.split():
        link = root / "usr" / name.removeprefix("usr/")
        if not link.exists() and not link.is_symlink():
            link.symlink_to("/usr/bin/busybox")


def _compile(recipe: Recipe, debs: Path, root: Path) -> None:
    """Compile Python's modules with the layer's own Python, because otherwise each new container would."""
    below = debs.parent / BOTTOM
    _extract(_bottom(), debs, below)
    how = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/"]
    run(
        *of_root("usr/bin/python3", root, below),
        *how,
        *map(str, (root / "usr/lib").glob("python3*")),
        what=f"the image of {recipe.name}",
        environment={"PYTHONHOME": f"{root}/usr", "PYTHONHASHSEED": "0"},
    )
