"""`make restore`: a backup into the cluster that runs, the one it was taken from or a new one."""

import asyncio
from collections.abc import AsyncIterator

import click
import httpx

from ops.backup import marathon, place
from ops.backup.__main__ import lines
from ops.backup.content import Content
from ops.backup.sealed import unseal
from ops.backup.target import Target, access, connected, secret
from ops.remote.errors import OperatorError, complain
from ops.remote.stack import Stack


async def put_back(target: Target, content: Content) -> AsyncIterator[str]:
    """Consul first, because Marathon's apps are listed in it. Yields what was done; raises OperatorError."""
    async with connected(target) as services:
        if content.marathon is not None and services.marathon:
            await marathon.check(services.marathon, content.marathon)
        if content.consul is not None and content.tokens and services.consul and target.tokens:
            removed = await services.consul.restore(content.consul, content.tokens, target.tokens)
            yield "consul: restored, and every node is in its catalog" + (
                f" again ({', '.join(removed)} had other ids)" if removed else ""
            )
        if content.marathon is not None and services.marathon:
            waiting = await marathon.restore(services.marathon, content.marathon, target.timeouts)
            if waiting:
                raise OperatorError(
                    f"marathon: the apps are restored, but not all have started: {waiting}; `make tunnel` opens the "
                    "pages of Marathon and Mesos, which show what they wait for"
                )
            yield "marathon: restored, and every app has started"


def missing(target: Target, content: Content) -> list[str]:
    """The services that the backup has something of, and the stack does not run."""
    parts = {"consul": content.consul, "marathon": content.marathon}
    return [name for name, part in parts.items() if part is not None and name not in target.pages]


def restore(stack: Stack, source: str, *, unasked: bool) -> None:
    """Raises OperatorError before anything is changed if the backup can't be read or does not fit."""
    if not source:
        raise OperatorError("FROM is not set: name a file that `make backup` wrote, or s3://BUCKET/KEY")
    place.check(source)
    key = secret(stack, "backupKey")
    sealed = place.read(source, lambda: access(stack))
    try:
        content = Content.unpack(unseal(sealed, key))
    except OperatorError as error:
        raise OperatorError(f"{source}: {error}") from error
    target = Target.of(stack)
    if without := missing(target, content):
        raise OperatorError(
            f"{source} has data of {', '.join(without)}: add to the config key services, and `make up`"
        )
    print(f"{source}: of the stack {content.stack}, made {content.made}")
    for line in lines(content):
        print(f"  {line}")
    if not unasked:
        click.confirm(f"Replace what Consul and Marathon of the stack {stack.name} have with this?", abort=True)
    asyncio.run(_printed(put_back(target, content)))


async def _printed(done: AsyncIterator[str]) -> None:
    async for line in done:
        print(line, flush=True)


@click.command()
@click.argument("stack")
@click.argument("source", default="")
@click.option("--yes", "unasked", is_flag=True, help="Do not wait for a yes.")
def main(stack: str, source: str, unasked: bool) -> None:
    """Restore a backup from SOURCE, a file or s3://BUCKET/KEY, into the stack STACK."""
    try:
        restore(Stack(stack), source, unasked=unasked)
    except (OperatorError, httpx.HTTPError) as error:
        complain(error)


if __name__ == "__main__":
    main()
