"""What a shell needs in its environment to drive a stack with `pulumi`."""

import os
import shlex
from collections.abc import Iterator

from sandbox.cli.find import Cli, Say, find
from sandbox.cli.plugins import link
from sandbox.home import FOREIGN, Home

_DEFAULTS = {
    "PULUMI_CONTINUE_ON_ERROR": "true",  # one node's failure is no reason to leave the others unfinished
    "PULUMI_PARALLEL": "256",  # steps that wait for other nodes must not take the places that those nodes' steps need
}


def of_sandbox(home: Home, say: Say) -> Iterator[str]:
    """Lines of shell for the sandbox's stack. Raises CliError."""
    home.prepare()
    cli = find(home, sandbox=True, say=say)
    yield f"unset {' '.join(FOREIGN)}"
    for name, value in home.environ().items():
        yield f"export {name}={shlex.quote(value)}"
    yield f"export PULUMI_HOME={shlex.quote(str(link(home)))}"
    yield from _common(cli)


def of_aws(home: Home, say: Say) -> Iterator[str]:
    """Lines of shell for a stack on AWS: the CLI, and nothing of the sandbox. Raises CliError."""
    yield from _common(find(home, sandbox=False, say=say))


def _common(cli: Cli) -> Iterator[str]:
    """PATH with the CLI's folder first, and the CLI's settings that the user has not made."""
    first = str(cli.program.parent)
    others = (folder for folder in os.environ.get("PATH", os.defpath).split(":") if folder != first)
    yield f"export PATH={shlex.quote(':'.join((first, *others)))}"
    for name, value in _DEFAULTS.items():
        yield f"export {name}={shlex.quote(os.environ.get(name, value))}"
