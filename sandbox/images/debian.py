"""Layers of Debian packages: their files alone.

A recipe lists its packages with the libraries that they load. apt's own choice would add what only their installation
needs: Perl for HAProxy, Kerberos and gevent for kazoo, Jetty, Spring and GLib for ZooKeeper.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sandbox.hosts.base.command import of_base, run
from sandbox.images.recipe import BOTTOM, Recipe

# /bin and the like are links in the lowest layer; a folder of that name in a layer above would hide the link.
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
    "usr/lib/jvm/java-17-openjdk-amd64/lib/ct.sym",
    "usr/lib/jvm/java-17-openjdk-amd64/lib/server/classes_nocoops.jsa",
)
FOLDERS = {"dev": 0o755, "proc": 0o755, "sys": 0o755, "run": 0o755, "root": 0o700, "tmp": 0o1777, "var/tmp": 0o1777}


def download(recipes: Sequence[Recipe], base: Path, folder: Path) -> Path:
    """Fetch the packages of all `recipes` by this machine's apt, with the sources of the hosts' base image.

    Returns the folder of the .deb files.
    """
    packages = sorted({package for recipe in recipes for package in recipe.packages})
    for part in ("lists/partial", "debs"):
        (folder / part).mkdir(parents=True)
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
        f'Dir::Etc::sourcelist "{base}/etc/apt/sources.list";\n'
        f'Dir::Etc::sourceparts "/dev/null";\n'
        f'Dir::Etc::trustedparts "{base}/etc/apt/trusted.gpg.d";\n'
        f'Acquire::Languages "none";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(settings), "LC_ALL": "C"}
    what = f"the images of {', '.join(recipe.name for recipe in recipes)}"
    run("apt-get", "--quiet", "update", what=what, environment=environment)
    run("apt-get", "--quiet", "download", *packages, what=what, environment=environment, folder=folder / "debs")
    return folder / "debs"


def unpack(recipe: Recipe, debs: Path, base: Path, root: Path) -> None:
    """Fill `root` with the content of the layer of `recipe`."""
    for package in recipe.packages:
        file = next(debs.glob(f"{package}_*.deb"))
        run("dpkg-deb", "--extract", str(file), str(root), what=f"the image of {recipe.name}", environment=os.environ)
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
        _compile(recipe, base, root)


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


def _compile(recipe: Recipe, base: Path, root: Path) -> None:
    """Compile Python's modules with the base's own Python, because otherwise each new container would."""
    how = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/"]
    run(
        *of_base(base, "usr/bin/python3"),
        *how,
        *map(str, (root / "usr/lib").glob("python3*")),
        what=f"the image of {recipe.name}",
        environment={"PYTHONHOME": f"{base}/usr", "PYTHONHASHSEED": "0"},
    )
