"""`make init`: the stack, its login's key pair and its secrets; what is there already stays."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ops.remote.stack import OperatorError, Stack, complain


def key_pair(comment: str) -> tuple[str, str]:
    """An ed25519 key: the public line for authorized_keys, and the private text in OpenSSH's format."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return f"{public} {comment}", private


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What a config key is to a reader, and how one is made."""

    what: str
    make: Callable[[], str]


SECRETS: Mapping[str, Secret] = {
    "weavePassword": Secret(what="a Weave password", make=lambda: secrets.token_urlsafe(24)),
    "consulGossipKey": Secret(
        what="a key for Consul's gossip", make=lambda: b64encode(secrets.token_bytes(32)).decode()
    ),
    "consulManagementToken": Secret(what="a token that manages Consul", make=lambda: str(uuid4())),
    "consulAgentToken": Secret(what="a token for Consul's agents", make=lambda: str(uuid4())),
}


def _secret(stack: Stack, key: str) -> str:
    stack.set_secret(key, SECRETS[key].make())
    return f"made {SECRETS[key].what} (a secret of the stack)"


def initialise(stack: Stack) -> list[str]:
    """Make what the stack lacks; returns what was made and what is left to do, a sentence each."""
    made = []
    keys = stack.config_keys()
    if keys is None:
        stack.pulumi("stack", "init")
        made.append(f"made the stack {stack.name}")
        keys = stack.config_keys() or frozenset()
    if not {"apollo:sshPrivateKey", "apollo:sshPublicKey"} <= keys:
        public, private = key_pair(f"apollo-{stack.name}")
        stack.key_file.unlink(missing_ok=True)
        stack.pulumi("config", "set", "sshPublicKey", public)
        stack.set_secret("sshPrivateKey", private)
        made.append(f"made an SSH key pair (the private key is a secret of the stack, and in .keys/{stack.name})")
    made += [_secret(stack, key) for key in SECRETS if f"apollo:{key}" not in keys]
    if "apollo:adminCidrs" not in keys:
        made.append(f"next: ./pulumiw config set --path 'adminCidrs[0]' YOUR.ADDRESS/32 -s {stack.name}")
    stack.write_key_file()
    return made


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Make the stack STACK ready for its first `up`."""
    try:
        made = initialise(Stack(stack))
    except OperatorError as error:
        complain(error)
    for sentence in made or [f"the stack {stack} has its keys and its secrets already"]:
        print(sentence)


if __name__ == "__main__":
    main()
