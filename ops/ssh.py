"""`make ssh NODE=slave-1 [ADMIN=alice] [CMD=...]`: log in to a node, or run one command there."""

import os
import re
import shlex
import subprocess

import click

from ops.remote.errors import OperatorError, complain
from ops.remote.login import LoginFiles
from ops.remote.node import Machine
from ops.remote.stack import PROJECT, Stack

_OPTIONS = ("StrictHostKeyChecking=yes", "ConnectTimeout=10", "LogLevel=ERROR")


def command_line(stack: Stack, name: str, admin: str = "") -> list[str]:
    """The ssh command that logs in to a node or the bastion, for the project's folder; raises OperatorError.

    It logs in with the stack's own key, or as one of the admins with the keys that ssh finds by itself.
    """
    bastion = stack.bastion()
    machines: dict[str, Machine] = {**stack.nodes(), **({bastion.name: bastion} if bastion else {})}
    if name not in machines:
        raise OperatorError(f"NODE is {name or 'not set'}: use one of {', '.join(machines)}")
    machine, files = machines[name], LoginFiles(stack)
    if admin:
        files.write_known_hosts()
        # Of the bastion's login too, in the command line of the proxy.
        line = re.sub(r"-i \S+ |-o IdentitiesOnly=yes ", "", machine.ssh).replace(f" {machine.user}@", f" {admin}@")
    else:
        files.write()
        line = machine.ssh
    options = _OPTIONS if admin else ("IdentitiesOnly=yes", *_OPTIONS)
    program, *words = shlex.split(line)
    return [program, *(word for option in options for word in ("-o", option)), *words]


@click.command()
@click.argument("stack")
@click.argument("node")
@click.argument("command", required=False, default="")
@click.option("--admin", default="", help="one of the config key admins: log in as them, with their own key")
def main(stack: str, node: str, command: str, admin: str) -> None:
    """Log in to NODE of the stack STACK, or run COMMAND there; the exit status is that of the command."""
    try:
        words = command_line(Stack(stack), node, admin)
    except OperatorError as error:
        complain(error)
    # ssh would try the keys of an agent before the stack's.
    environment = {name: value for name, value in os.environ.items() if admin or name != "SSH_AUTH_SOCK"}
    command_words = [command] if command else []
    raise SystemExit(subprocess.run([*words, *command_words], cwd=PROJECT, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
