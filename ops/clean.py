"""The last step of `make clean`: remove what `make init` made for the sandbox from this folder."""

import re

import yaml

from ops.init import SECRETS
from ops.remote.login import LoginFiles
from ops.remote.stack import PROJECT, Stack
from sandbox.home import DEFAULTS, STACK_CONFIG
from sandbox.images.stack import pairs, switched

GENERATED = ("sshPrivateKey", *SECRETS)


def without_generated(config: str) -> str:
    """The text of a stack's config without its generated keys, with the user's comments, edits and secrets.

    The salt belongs to the passphrase that encrypts secrets, so it is kept as long as the config has a secret.
    """
    for key in GENERATED:
        config = re.sub(rf"^( +)apollo:{key}:.*\n(?:\1 .*\n)*", "", config, flags=re.MULTILINE)
    return config if "secure:" in config else re.sub(r"^encryptionsalt:.*\n", "", config, flags=re.MULTILINE)


def _values(config: str) -> object:
    """Every scalar as a string, because the Pulumi CLI quotes numbers."""
    return yaml.load(config, Loader=yaml.BaseLoader)  # noqa: S506 (it makes strings, lists and dicts alone)


def clean_config() -> str | None:
    """Remove the config, or return a sentence that says why it is kept: the user has changed it."""
    file = PROJECT / STACK_CONFIG
    if not file.exists():
        return None
    kept = without_generated(file.read_text())
    built = switched(kept, {key: (pair.published, pair.built) for key, pair in pairs().items()})
    if _values(built) == _values(DEFAULTS.read_text()):
        file.unlink()
        return None
    file.write_text(kept)
    return (
        f"{STACK_CONFIG} keeps your changes; without it, the next sandbox starts from {DEFAULTS.relative_to(PROJECT)}"
    )


def main() -> None:
    LoginFiles(Stack("sandbox")).remove()
    if kept := clean_config():
        print(kept)


if __name__ == "__main__":
    main()
