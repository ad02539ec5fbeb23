"""The recipes of layers. A hash of a recipe's content names its layer in the cache."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.hosts.base.folder import fingerprint

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
        return fingerprint(self.folder, VERSION)

    @property
    def packages(self) -> list[str]:
        """The Debian packages; none for a Go program."""
        listed = self.folder / "packages.txt"
        return listed.read_text().split() if listed.exists() else []

    @property
    def is_go(self) -> bool:
        return (self.folder / "go.mod").exists()


def recipes() -> list[Recipe]:
    """Every recipe, by name."""
    return [Recipe(folder=folder) for folder in sorted(RECIPES.iterdir()) if folder.is_dir()]
