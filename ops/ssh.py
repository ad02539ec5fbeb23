"""`make ssh NODE=slave-1 [CMD=...]`: log in to a node, or run one command there."""

import os
import shlex
import subprocess

import click

from ops.remote.errors import OperatorError, complain
from ops.remote.login import LoginFiles
from ops.remote.node import Machine
from ops.remote.stack import PROJECT, Stack

_OPTIONS = ("IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=10", "LogLevel=ERROR")


def command_line(stack: Stack, name: str) -> list[str]:
    """The ssh command that logs in to a node or the bastion, for the project's folder; raises OperatorError."""
    bastion = stack.bastion()
    machines: dict[str, Machine] = {**stack.nodes(), **({bastion.name: bastion} if bastion else {})}
    if name not in machines:
        raise OperatorError(f"NODE is {name or 'not set'}: use one of {', '.join(machines)}")
    LoginFiles(stack).write()
    program, *words = shlex.split(machines[name].ssh)
    return [program, *(word for option in _OPTIONS for word in ("-o", option)), *words]


@click.command()
@click.argument("stack")
@click.argument("node")
@click.argument("command", required=False, default="")
def main(stack: str, node: str, command: str) -> None:
    """Log in to NODE of the stack STACK, or run COMMAND there; the exit status is that of the command."""
    try:
        words = command_line(Stack(stack), node)
    except OperatorError as error:
        complain(error)
    # ssh would try the keys of an agent before this one.
    environment = {name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"}
    command_words = [command] if command else []
    raise SystemExit(subprocess.run([*words, *command_words], cwd=PROJECT, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
