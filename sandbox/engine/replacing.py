"""Delete before replace: an instance goes before the new one comes, and with it whoever cannot do without it."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.engine.decide import diff_of
from sandbox.engine.errors import EngineError
from sandbox.engine.events import Step
from sandbox.engine.plugins import Plugins
from sandbox.engine.resource import Resource
from sandbox.engine.run import Run
from sandbox.engine.values import UNKNOWN


async def condemned_with(run: Run, plugins: Plugins, root: Resource) -> list[Resource]:
    """Whoever must be deleted before `root` is, in dependency order.

    That is each resource that would itself be replaced if the properties which it takes from `root`,
    or from one condemned with it, changed: its provider is asked, with unknowns in their place.
    """
    gone, found = {root.urn}, list[Resource]()
    for resource in list(run.state):
        if resource.urn in run.registered or resource.delete or resource.pending_replacement:
            continue
        if await _must_go(plugins, resource, gone):
            gone.add(resource.urn)
            found.append(resource)
    return found


async def _must_go(plugins: Plugins, resource: Resource, gone: set[str]) -> bool:
    if not resource.custom or resource.external:
        return False
    if resource.provider_urn in gone:
        return True
    changing = {
        key: UNKNOWN for key in resource.inputs if gone.intersection(resource.property_dependencies.get(key, ()))
    }
    if not changing or resource.is_provider:
        return False
    plugin = await plugins.of(resource)
    inputs = {**resource.inputs, **changing}
    diff = await diff_of(plugin, resource, inputs, resource.ignore_changes, resource.replace_on_changes)
    return bool(diff.replaces)


def check_unprotected(resources: Iterable[Resource], root: Resource) -> None:
    """Raises EngineError for a protected one."""
    for resource in resources:
        if resource.protect:
            raise EngineError(
                f'unable to replace resource "{resource.urn}"\nas part of replacing "{root.urn}": it is protected. '
                "Remove the `protect` flag from the resource in the program and run `up`"
            )


async def delete_first(run: Run, plugins: Plugins, resource: Resource) -> None:
    """Deletes an instance whose replacement comes later in this run; raises StepFailed.

    The state keeps it, marked, until then: whoever still refers to it stays well-formed, and a killed
    run knows that there is nothing left to delete.
    """
    marked = replace(resource, pending_replacement=True)
    step = Step(op="delete-replaced", urn=resource.urn, type=resource.type, old=resource)
    async with run.step(step):
        await delete_instance(run, plugins, resource)
        run.state.alter(resource, marked)
        run.olds[resource.urn] = marked
        await run.state.commit()


async def delete_instance(run: Run, plugins: Plugins, resource: Resource) -> None:
    """Calls the provider, unless this instance is not for it to delete."""
    if not resource.custom or resource.is_provider or resource.external or resource.retain_on_delete:
        return
    if run.preview or resource.deleted_with in run.deleted:
        return
    plugin = await plugins.of(resource)
    run.state.began("deleting", resource)
    await run.state.commit()
    try:
        await plugin.delete(resource)
    finally:
        run.state.ended(resource.urn)
