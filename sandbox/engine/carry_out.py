"""Carrying out what was decided: the provider is called, the state says what came of it."""

import dataclasses

from sandbox.engine.decide import Decision
from sandbox.engine.errors import EngineError
from sandbox.engine.events import Step
from sandbox.engine.plugins import Plugins
from sandbox.engine.provider import Plugin
from sandbox.engine.replacing import check_unprotected, condemned_with, delete_first
from sandbox.engine.resource import Resource, now
from sandbox.engine.run import Run
from sandbox.engine.values import keep_secret

_BOOKKEEPING = {"created", "modified", "extra", "outputs", "id"}


class CarryOut:
    """One method for each kind of step; each returns the resource as it is afterwards, or raises StepFailed."""

    def __init__(self, run: Run, plugins: Plugins) -> None:
        self._run = run
        self._plugins = plugins

    async def create(self, decision: Decision, plugin: Plugin | None) -> Resource:
        step = Step(op="create", urn=decision.new.urn, type=decision.new.type, new=decision.new)
        async with self._run.step(step, slot=plugin is not None):
            return await self._made(decision.new, plugin)

    async def _made(self, new: Resource, plugin: Plugin | None, old: Resource | None = None) -> Resource:
        """Has the provider make it; `old` leaves the state when it is there."""
        run = self._run
        if plugin is None:
            run.state.put(new, old)
            return new
        async with run.operation("creating", new):
            identity, outputs = await plugin.create(new, preview=run.preview)
            if not run.preview and not identity:
                raise EngineError("the provider made it but returned no id")
            made = dataclasses.replace(new, id=identity, outputs=outputs)
            run.state.put(made, old)
        return made

    async def update(self, decision: Decision, old: Resource, plugin: Plugin | None) -> Resource:
        run = self._run
        new = dataclasses.replace(decision.new, id=old.id, created=old.created, modified=now(), extra=old.extra)
        step = Step(op="update", urn=new.urn, type=new.type, old=old, new=new, diff=decision.diff)
        async with run.step(step, slot=plugin is not None):
            if plugin is None:
                updated = dataclasses.replace(new, outputs=old.outputs)
                run.state.put(updated, old)
                return updated
            async with run.operation("updating", old):
                outputs = await plugin.update(old, new, preview=run.preview)
                updated = dataclasses.replace(new, outputs=outputs)
                run.state.put(updated, old)
        return updated

    async def same(self, decision: Decision, old: Resource) -> Resource:
        new = dataclasses.replace(
            decision.new,
            id=old.id,
            outputs=keep_secret(old.outputs, like=decision.new.inputs, names=decision.new.additional_secret_outputs),
            created=old.created,
            modified=old.modified,
            init_errors=old.init_errors,
            extra=old.extra,
        )
        changed = any(
            getattr(old, item.name) != getattr(new, item.name)
            for item in dataclasses.fields(Resource)
            if item.name not in _BOOKKEEPING
        )
        step = Step(op="same", urn=new.urn, type=new.type, old=old, new=new, diff=decision.diff)
        async with self._run.step(step, slot=False):
            self._run.state.keep(new, old, changed=changed)
        return new

    async def replace(self, decision: Decision, old: Resource, plugin: Plugin | None) -> Resource:
        run, new = self._run, decision.new
        whole = Step(op="replace", urn=new.urn, type=new.type, old=old, new=new, diff=decision.diff)
        with run.reporting(whole):
            if new.protect and old.protect and not old.pending_replacement:
                check_unprotected([old], old)
            condemned = await condemned_with(run, self._plugins, old) if decision.delete_first else []
            check_unprotected(condemned, old)
        if decision.delete_first:
            run.deleted |= {old.urn, *(resource.urn for resource in condemned)}
            for resource in [*reversed(condemned), old]:
                await delete_first(run, self._plugins, resource)
        old = run.olds[old.urn]
        async with run.step(whole, slot=plugin is not None):
            if old.pending_replacement:
                return await self._made(new, plugin, old)
            made = await self._made(new, plugin)
            run.state.alter(old, dataclasses.replace(old, delete=True))
            await run.state.commit()
        return made
