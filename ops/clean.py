"""`make clean`'s last step: what `make init` made for the sandbox goes from this folder too."""

from ops.init import SECRETS
from ops.remote.stack import PROJECT, Stack
from sandbox.engine.stackfile import StackFile

MADE = ("sshPublicKey", "sshPrivateKey", *SECRETS)


def main() -> None:
    """Secrets of the user's own stay, and with them the salt of the passphrase that they were made with."""
    stack = Stack("sandbox")
    config = StackFile(PROJECT / "Pulumi.sandbox.yaml")
    for key in MADE:
        config.remove(f"apollo:{key}")
    config.unset_salt()
    for file in (stack.key_file, stack.hosts_file):
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
