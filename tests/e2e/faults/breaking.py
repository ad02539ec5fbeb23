"""How tests break a step on a node, and make it run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from bench.workspace import ProjectCopy

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"
_NUMBERS = count(1)


def new_admin(cluster: ProjectCopy) -> str:
    """Add a login to the config: the next `up` runs the step logins, and useradd in it, on every node."""
    name = f"admin{next(_NUMBERS)}"
    cluster.pulumi("config", "set", "--path", f"admins.{name}", f"{_KEY} {name}")
    return name


@contextmanager
def instead_of(cluster: ProjectCopy, node: str, program: str, script: str) -> Iterator[None]:
    """Have steps on a node run a script of bash in place of a program, whose true path is in /usr."""
    path = f"/usr/local/sbin/{program}"
    text = f"#!/bin/bash\n{script}\n"
    cluster.on(node, f"sudo sh -c 'cat >{path}.new && chmod 755 {path}.new && mv {path}.new {path}'", stdin=text)
    try:
        yield
    finally:
        cluster.on(node, f"sudo rm {path}")


def recovered(cluster: ProjectCopy) -> float:
    """The seconds in which `make up` succeeds; it ends with `make status`."""
    began = time.monotonic()
    cluster.make("up")
    return time.monotonic() - began
