"""The recipes of layers. A hash of a recipe's content names its layer in the cache."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

RECIPES = Path(__file__).parent / "recipes"
BOTTOM = "bottom"  # the lowest layer of all images: busybox, and the libraries that most programs share
VERSION = "1"  # of the code that makes a layer of a recipe


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One folder of recipes."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def fingerprint(self) -> str:
        """12 hex digits of a hash of its files' names and contents."""
        digest = hashlib.sha256(VERSION.encode())
        for file in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            digest.update(f"\0{file.relative_to(self.folder)}\0".encode() + file.read_bytes())
        return digest.hexdigest()[:12]

    @property
    def packages(self) -> list[str]:
        """The Debian packages; none for a Go program."""
        listed = self.folder / "packages.txt"
        return listed.read_text().split() if listed.exists() else []

    @property
    def is_go(self) -> bool:
        return (self.folder / "go.mod").exists()

    def copy_files(self, root: Path) -> None:
        """Put the recipe's own files under `root`; a script among them is executable."""
        files = self.folder / "files"
        for file in sorted(path for path in files.rglob("*") if path.is_file()):
            target = root / file.relative_to(files)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            target.chmod(0o755 if file.read_bytes().startswith(b"#!") else 0o644)


def recipes() -> list[Recipe]:
    """Every recipe, by name."""
    return [Recipe(folder=folder) for folder in sorted(RECIPES.iterdir()) if folder.is_dir()]
