"""`make backup`: Consul's data and Marathon's apps, encrypted, into a file or an S3 bucket."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import click
import httpx

from ops.backup import marathon, place
from ops.backup.content import Content
from ops.backup.sealed import seal
from ops.backup.target import Target, access, connected, secret
from ops.remote.errors import OperatorError, complain
from ops.remote.stack import Stack

_FOLDER = "backups"


async def take(target: Target) -> Content:
    """Raises OperatorError."""
    async with connected(target) as services:
        return Content(
            stack=target.stack,
            made=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            tokens=target.tokens,
            consul=await services.consul.snapshot(target.tokens.management)
            if services.consul and target.tokens
            else None,
            marathon=await marathon.export(services.marathon) if services.marathon else None,
        )


def lines(content: Content) -> Iterator[str]:
    """What is in a backup, and what is not."""
    if content.consul is not None:
        yield f"consul: a snapshot of {len(content.consul)} bytes"
    if content.marathon is not None:
        apps, pods = ([*marathon.listed(content.marathon, kind)] for kind in ("apps", "pods"))
        yield f"marathon: {'apps ' if apps else 'no apps'}{', '.join(apps)}"
        if pods:
            yield f"marathon: not in the backup are pods ({', '.join(pods)}): keep their definitions elsewhere"


def backup(stack: Stack, to: str) -> None:
    """Raises OperatorError before anything is written, or if it can't be written."""
    place.check(to)
    target, key = Target.of(stack), secret(stack, "backupKey")
    content = asyncio.run(take(target))
    for line in lines(content):
        print(line)
    if not to:
        folder = stack.project / _FOLDER
        folder.mkdir(exist_ok=True)
        to = f"{folder / stack.name}-{content.made.replace(':', '')}.backup"
    place.write(to, seal(content.pack(), key), lambda: access(stack))
    print(
        f"written to {to}; `make restore FROM={to} STACK={stack.name}` puts it back, as long as backupKey is the same"
    )


@click.command()
@click.argument("stack")
@click.argument("to", default="")
def main(stack: str, to: str) -> None:
    """Back up the stack STACK to TO: a file, or s3://BUCKET/KEY."""
    try:
        backup(Stack(stack), to)
    except (OperatorError, httpx.HTTPError) as error:
        complain(error)


if __name__ == "__main__":
    main()
