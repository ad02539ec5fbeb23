"""The plugins of the sandbox's stack, in a folder where the Pulumi CLI takes them for installed ones."""

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from sandbox.home import Home

_HERE = Path(__file__).parent
_LANGUAGE_HOST = _HERE / "bin/pulumi-language-python"
_PROVIDER = _HERE.parent / "providers/bin/pulumi-resource"


def link(home: Home) -> Path:
    """Make the plugins' folder, with links to the sandbox's own; returns the folder to set PULUMI_HOME to.

    Pulumi's own plugins take precedence: the language host, because the CLI prefers one that is beside it, and the
    command provider, because the link leads to that one where it is installed. Links of other versions are removed.
    """
    folder = home.dir / "pulumi"
    wanted = dict(_wanted())
    for name, program in wanted.items():
        _point(folder / "plugins" / name / _executable(name), program)
    for stale in set((folder / "plugins").iterdir()) - {folder / "plugins" / name for name in wanted}:
        shutil.rmtree(stale, ignore_errors=True)
    return folder


def _wanted() -> Iterator[tuple[str, Path]]:
    """The name of a plugin's folder -> what is executed."""
    yield f"language-python-v{version('pulumi')}", _LANGUAGE_HOST
    yield f"resource-aws-v{version('pulumi-aws')}", _PROVIDER
    command = f"resource-command-v{version('pulumi-command')}"
    yield command, _installed(command) or _PROVIDER


def _installed(plugin: str) -> Path | None:
    """The executable of Pulumi's own plugin, if the user has it.

    A command that is started by another one finds the links that were made for that one, and keeps to them.
    """
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    folder = home / "plugins" / plugin
    unfinished = folder.with_name(f"{plugin}.partial").exists()
    program = folder / _executable(plugin)
    return program.resolve() if program.exists() and not unfinished else None


def _executable(plugin: str) -> str:
    return f"pulumi-{plugin.rpartition('-')[0]}"


def _point(link: Path, target: Path) -> None:
    """Make `link` lead to `target`; it is there at every moment, since another command may be starting it."""
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    new = link.with_name(f".{link.name}.{os.getpid()}")
    new.symlink_to(target)
    new.replace(link)
