"""Deleting resources: each after all that need it, and as many side by side as that allows."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from sandbox.engine.events import Step
from sandbox.engine.plugins import Plugins
from sandbox.engine.replacing import delete_instance
from sandbox.engine.resource import Resource
from sandbox.engine.run import Run, StepFailed


def left_over(run: Run) -> list[Resource]:
    """What the program no longer asks for, and replaced instances.

    What a resource that failed or was skipped still needs stays until that resource is as it should be.
    """
    condemned = [item for item in run.state.untouched() if item.delete or item.urn not in run.registered]
    chosen = {id(item) for item in condemned}
    needed = _closure(run, [item for item in run.state.untouched() if id(item) not in chosen])
    return [item for item in condemned if item.urn not in needed]


def _closure(run: Run, roots: Sequence[Resource]) -> set[str]:
    """URNs that `roots` need, and what those need."""
    by_urn = defaultdict(list)
    for item in run.state:
        by_urn[item.urn].append(item)
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        for urn in waiting.pop().needs() - found:
            found.add(urn)
            waiting += by_urn[urn]
    return found


async def delete_all(run: Run, plugins: Plugins, condemned: Sequence[Resource]) -> None:
    """Deletes them; a failure spares what the failed one needs, and nothing else."""
    protected = [item for item in condemned if item.protect and not item.delete]
    for item in protected:
        run.error(
            f"resource {item.urn} cannot be deleted\nbecause it is protected: remove the `protect` flag from "
            "the resource in the program and run `up`",
            item.urn,
        )
    if protected:
        return
    run.deleted |= {item.urn for item in condemned}
    users = _users(condemned)
    ends: dict[int, asyncio.Future[bool]] = {
        id(item): asyncio.get_running_loop().create_future() for item in condemned
    }

    async def one(item: Resource) -> None:
        end = ends[id(item)]
        try:
            spared = [user for user in users[id(item)] if not await asyncio.shield(ends[id(user)])]
            end.set_result(not spared and await _deleted(run, plugins, item))
            if spared:
                run.listener.skipped(item.urn, spared[0].urn)
        finally:
            if not end.done():
                end.set_result(False)

    results = await asyncio.gather(*(one(item) for item in condemned), return_exceptions=True)
    for error in results:
        if isinstance(error, BaseException):
            raise error


def _users(condemned: Sequence[Resource]) -> dict[int, list[Resource]]:
    """By id(): the condemned resources that need this one."""
    by_urn = defaultdict(list)
    for item in condemned:
        by_urn[item.urn].append(item)
    users: dict[int, list[Resource]] = defaultdict(list)
    for item in condemned:
        for urn in item.needs():
            for needed in by_urn[urn]:
                users[id(needed)].append(item)
    return users


async def _deleted(run: Run, plugins: Plugins, item: Resource) -> bool:
    op = "delete-replaced" if item.delete else "delete"
    if item.pending_replacement:
        run.state.remove(item)  # there is no instance any more
        await run.state.commit()
        return True
    try:
        async with run.step(Step(op=op, urn=item.urn, type=item.type, old=item), slot=item.custom):
            await delete_instance(run, plugins, item)
            run.state.remove(item)
            await run.state.commit()
    except StepFailed:
        return False
    return True
