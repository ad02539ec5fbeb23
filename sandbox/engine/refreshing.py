"""Refresh: the state as the providers find the world."""

import asyncio
from dataclasses import replace

from sandbox.engine.diff import Diff, PathDiff
from sandbox.engine.events import Step
from sandbox.engine.objectdiff import changes
from sandbox.engine.plugins import Plugins
from sandbox.engine.resource import Resource, now
from sandbox.engine.run import Run, StepFailed


async def refresh(run: Run, plugins: Plugins, *, before: bool = False) -> None:
    """Reads every resource that has a provider; what is gone leaves the state.

    `before` another operation, whose own steps then tell what came of it, only the reading is told.
    """
    resources = [item for item in run.state if item.custom and not item.is_provider and not item.pending_replacement]
    gone = await asyncio.gather(*(_refreshed(run, plugins, item, told=not before) for item in resources))
    _forget(run, {urn for urn in gone if urn})
    run.olds = {item.urn: item for item in run.state if not item.delete}
    await run.state.commit()


async def _refreshed(run: Run, plugins: Plugins, old: Resource, *, told: bool) -> str | None:
    """The URN, when the resource is gone."""
    step = Step(op="refresh", urn=old.urn, type=old.type, old=old, new=old)
    try:
        async with run.step(step) as outcome:
            found = await (await plugins.of(old)).read(old)
            if found is None:
                if told:
                    outcome.step = replace(step, op="delete", new=None)
                run.state.remove(old)
                return None if old.delete else old.urn
            inputs, outputs = found
            new = replace(old, inputs=inputs, outputs=outputs)
            diff = _difference(old, new)
            if diff.changes:
                new = replace(new, modified=now())
                run.state.alter(old, new)
            if told:
                outcome.step = replace(step, op="update" if diff.changes else "same", new=new, diff=diff)
    except StepFailed:
        pass
    return None


def _difference(old: Resource, new: Resource) -> Diff:
    found = changes(old.outputs, new.outputs)
    return Diff(
        changes=bool(found) or old.inputs != new.inputs,
        changed=tuple(dict.fromkeys(item.path for item in found)),
        detailed={item.path: PathDiff(kind=item.kind, input_diff=False) for item in found},
    )


def _forget(run: Run, gone: set[str]) -> None:
    """Nobody in the state refers to what is gone."""
    for item in list(run.state):
        if item.needs() & gone:
            run.state.alter(
                item,
                replace(
                    item,
                    parent="" if item.parent in gone else item.parent,
                    deleted_with="" if item.deleted_with in gone else item.deleted_with,
                    dependencies=tuple(urn for urn in item.dependencies if urn not in gone),
                    property_dependencies={
                        key: tuple(urn for urn in urns if urn not in gone)
                        for key, urns in item.property_dependencies.items()
                    },
                ),
            )
