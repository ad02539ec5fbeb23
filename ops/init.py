"""`make init`: the stack, its login's key pair and its Weave password; what is there already stays."""

import secrets

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ops.stack import OperatorError, Stack, complain


def key_pair(comment: str) -> tuple[str, str]:
    """An ed25519 key: the public line for authorized_keys, and the private text in OpenSSH's format."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return f"{public} {comment}", private


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
    if "apollo:weavePassword" not in keys:
        stack.set_secret("weavePassword", secrets.token_urlsafe(24))
        made.append("made a Weave password (a secret of the stack)")
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
    for sentence in made or [f"the stack {stack} has its keys and its password already"]:
        print(sentence)


if __name__ == "__main__":
    main()
