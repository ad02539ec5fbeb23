"""`make init`: the stack, the key that logs in to its nodes, and its secrets; what exists is kept."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ops.remote.errors import OperatorError, complain
from ops.remote.login import LoginFiles
from ops.remote.stack import Stack


def ssh_key() -> str:
    """An ed25519 private key in OpenSSH's format."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A generated secret: its description, and the function that generates it."""

    description: str
    generate: Callable[[], str]


def _random_bytes() -> str:
    return b64encode(secrets.token_bytes(32)).decode()


SECRETS: Mapping[str, Secret] = {
    "weavePassword": Secret(description="a Weave password", generate=lambda: secrets.token_urlsafe(24)),
    "consulGossipKey": Secret(description="a key for Consul's gossip", generate=_random_bytes),
    "consulManagementToken": Secret(description="a token that manages Consul", generate=lambda: str(uuid4())),
    "consulAgentToken": Secret(description="a token for Consul's agents", generate=lambda: str(uuid4())),
    "hostKeySecret": Secret(description="a secret for the nodes' host keys", generate=_random_bytes),
    "backupKey": Secret(description="a key for backups", generate=_random_bytes),
}
"""By config key."""


def _secret(stack: Stack, key: str) -> str:
    stack.set_secret(key, SECRETS[key].generate())
    return f"made {SECRETS[key].description} (a secret of the stack)"


def initialise(stack: Stack) -> list[str]:
    """Make what the stack lacks; returns what was made and what is left to do, a sentence each."""
    made, files = [], LoginFiles(stack)
    keys = stack.config_keys()
    if keys is None:
        stack.pulumi("stack", "init")
        made.append(f"made the stack {stack.name}")
        keys = stack.config_keys() or frozenset()
    if "apollo:sshPrivateKey" not in keys:
        files.key.unlink(missing_ok=True)
        stack.set_secret("sshPrivateKey", ssh_key())
        made.append(f"made an SSH key (a secret of the stack, and in .keys/{stack.name})")
    made += [_secret(stack, key) for key in SECRETS if f"apollo:{key}" not in keys]
    if "apollo:adminCidrs" not in keys:
        made.append(f"next: ./pulumiw config set --path 'adminCidrs[0]' YOUR.ADDRESS/32 -s {stack.name}")
    files.write_key()
    return made


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Prepare the stack STACK for its first `up`."""
    chosen = Stack(stack)
    try:
        chosen.prepare()
        made = initialise(chosen)
    except OperatorError as error:
        complain(error)
    for sentence in made or [f"the stack {stack} has its keys and its secrets already"]:
        print(sentence)


if __name__ == "__main__":
    main()
