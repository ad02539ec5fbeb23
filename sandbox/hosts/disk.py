"""A host's disk: the base below, a layer of its own above, and places for docker's images on the disk itself.

docker and containerd keep images and containers as overlays, which cannot lie on an overlay.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from sandbox.hosts.programs import HostError, run

FORBIDDEN = ",:\\\n"  # they mean something in the options of an overlay mount


class Disk:
    """The folders and the mount of one host, all under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.upper, self.work = folder / "root", folder / "upper", folder / "work"
        self.docker, self.containerd = folder / "docker", folder / "containerd"

    def make(self) -> None:
        for part in (self.root, self.upper, self.work, self.docker, self.containerd):
            part.mkdir(parents=True)

    def mount(self, base: Sequence[Path]) -> None:
        """Mount the host's root over the folders of `base`, the uppermost first; no more than once."""
        if self.root.is_mount():
            return
        if absent := next((path for path in base if not path.is_dir()), None):
            raise HostError(f"there is no base image {absent}: python -m sandbox image builds that of the stack's os")
        for path in (*base, self.folder):
            if any(sign in str(path) for sign in FORBIDDEN):
                raise HostError(
                    f"{path}: a sandbox can't be in a folder with a comma, a colon or a backslash in its name"
                )
        layers = f"lowerdir={':'.join(map(str, base))},upperdir={self.upper},workdir={self.work}"
        run("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))

    def remove(self) -> None:
        """Unmount and delete; what is missing is skipped."""
        unmount_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def unmount_below(folder: Path) -> None:
    """Unmount whatever is mounted below `folder`, the innermost first."""
    points = [line.split()[1].replace("\\040", " ") for line in Path("/proc/self/mounts").read_text().splitlines()]
    for point in reversed(points):
        if Path(point).is_relative_to(folder):
            run("umount", point, check=False)
            if Path(point).is_mount():
                run("umount", "--lazy", point, check=False)
