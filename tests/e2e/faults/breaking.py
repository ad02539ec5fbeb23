"""How tests break a step on a node, and make it run."""

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from bench.workspace import ProjectCopy

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"
UP = ("./pulumiw", "up", "--yes", "--skip-preview", "-s", "sandbox")
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


def slow(cluster: ProjectCopy, *settings: str) -> None:
    """`python -m sandbox slow`."""
    cluster.run(".venv/bin/python", "-m", "sandbox", "slow", *settings)


def recovered(cluster: ProjectCopy) -> float:
    """The seconds in which `make up` succeeds; it ends with `make status`."""
    began = time.monotonic()
    cluster.make("up")
    return time.monotonic() - began


@contextmanager
def until_knocked(cluster: ProjectCopy, node: str, script: str) -> Iterator[Callable[[], None]]:
    """A script, which takes sshd of a node away, runs there until the yielded call; then sshd is back."""
    whole = f"({script}) & busybox nc -l -p 7777 </dev/null"
    unit = "systemd-run --unit fault --property 'ExecStopPost=systemctl start ssh'"
    cluster.on(node, f"sudo {unit} bash -c {shlex.quote(whole)}")
    ended: list[str] = []

    def end() -> None:
        # Nobody can log in to end it: it waits for a knock on a port instead.
        ended.append(cluster.within(node, "bash", "-c", "</dev/tcp/127.0.0.1/7777"))

    try:
        yield end
    finally:
        if not ended:
            end()


@contextmanager
def edited(cluster: ProjectCopy, path: str, old: str, new: str) -> Iterator[None]:
    """Another text in a file of the copy, in place of `old`, which is there once."""
    file = cluster.folder / path
    before = file.read_text()
    assert before.count(old) == 1
    file.write_text(before.replace(old, new))
    try:
        yield
    finally:
        file.write_text(before)


@contextmanager
def refused(cluster: ProjectCopy, node: str, port: int) -> Iterator[None]:
    """Every connection from a node to this port is reset, as if nothing listened there."""
    rule = f"tcp dport {port} reject with tcp reset"
    table = f"table ip fault {{ chain out {{ type filter hook output priority 0; {rule}; }}; }}"
    cluster.within(node, "nft", table)
    try:
        yield
    finally:
        cluster.within(node, "nft", "delete table ip fault")
