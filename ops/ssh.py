"""`make ssh NODE=slave-1 [CMD=...]`: log in to a node, or run one command there."""

import os
import shlex
import subprocess

import click

from ops.remote.stack import PROJECT, OperatorError, Stack, complain

_OPTIONS = ("IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=10", "LogLevel=ERROR")


def command_line(stack: Stack, name: str) -> list[str]:
    """The ssh command that logs in to this node from the project's folder; raises OperatorError."""
    nodes = stack.nodes()
    if name not in nodes:
        raise OperatorError(f"NODE is {name or 'not set'}: use one of {', '.join(nodes)}")
    stack.write_key_file()
    stack.write_known_hosts()
    program, *words = shlex.split(nodes[name]["ssh"])
    return [program, *(word for option in _OPTIONS for word in ("-o", option)), *words]


@click.command()
@click.argument("stack")
@click.argument("node")
@click.argument("command", required=False, default="")
def main(stack: str, node: str, command: str) -> None:
    """Log in to NODE of the stack STACK; with COMMAND, run that, pass on what it prints, and exit as it does."""
    try:
        words = command_line(Stack(stack), node)
    except OperatorError as error:
        complain(error)
    # A stale agent would be asked before the key.
    environment = {name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"}
    command_words = [command] if command else []
    raise SystemExit(subprocess.run([*words, *command_words], cwd=PROJECT, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
