"""`make clean`'s last step: the sandbox's keys and password go from this folder as its hosts went from the machine."""

from ops.stack import PROJECT, Stack

MADE = ("apollo:sshPublicKey", "apollo:sshPrivateKey", "apollo:weavePassword", "encryptionsalt")


def without_made(text: str) -> str:
    """A stack's config file without what `make init` put there; every other line as it was."""
    kept, dropping = [], False
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        if dropping and indent > dropped and line.strip():
            continue
        dropping = line.strip().split(": ")[0].rstrip(":") in MADE
        dropped = indent
        if not dropping:
            kept.append(line)
    return "".join(kept)


def main() -> None:
    stack = Stack("sandbox")
    config = PROJECT / "Pulumi.sandbox.yaml"
    text = config.read_text()
    if without_made(text) != text:
        config.write_text(without_made(text))
    for file in (stack.key_file, stack.key_file.with_suffix(".hosts")):
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
