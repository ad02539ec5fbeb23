"""Registering a resource: from what the program asks for to what is in the world and in the state."""

from dataclasses import dataclass, fields, replace

from sandbox.engine.decide import Decision, decide
from sandbox.engine.errors import EngineError
from sandbox.engine.events import Step
from sandbox.engine.goal import Goal
from sandbox.engine.plugins import Plugins
from sandbox.engine.provider import Plugin
from sandbox.engine.provider_resource import ProviderResources
from sandbox.engine.replacing import check_unprotected, condemned_with, delete_first
from sandbox.engine.resource import Resource, now, package_of, urn_of
from sandbox.engine.run import Run, StepFailed
from sandbox.engine.values import Props, has_unknown, keep_secret, without_unknowns

_BOOKKEEPING = {"created", "modified", "extra", "outputs", "id"}


@dataclass(frozen=True, kw_only=True)
class Registered:
    """The answer to the program; `result` is success, failed or skipped."""

    urn: str
    id: str = ""
    outputs: Props
    result: str = "success"


class Registrar:
    """Takes the program's registrations, any number of them at a time."""

    def __init__(self, run: Run, plugins: Plugins, providers: ProviderResources) -> None:
        self._run = run
        self._plugins = plugins
        self._providers = providers

    async def register(self, goal: Goal) -> Registered:
        """Raises EngineError or Cancelled where the program should not go on at all."""
        run = self._run
        run.check_cancelled()
        urn = urn_of(run.stack, run.project, goal.parent, goal.type, goal.name)
        if urn in run.registered:
            run.errors += 1
            raise EngineError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
        run.registered.add(urn)
        if (because := self._unmet(goal)) is not None:
            run.failed.add(urn)
            run.listener.skipped(urn, because)
            return Registered(urn=urn, outputs={}, result="skipped")
        try:
            new = await self._carried_out(urn, goal)
        except StepFailed:
            run.failed.add(urn)
            return Registered(urn=urn, outputs={}, result="failed")
        run.news[urn] = new
        return Registered(urn=urn, id=new.id, outputs=new.outputs)

    def _unmet(self, goal: Goal) -> str | None:
        needed = goal.resource("", inputs={}, provider=goal.provider).needs()
        return next(iter(sorted(needed & self._run.failed)), None)

    async def _carried_out(self, urn: str, goal: Goal) -> Resource:
        if goal.type.startswith("pulumi:providers:"):
            return await self._providers.register(urn, goal)
        run = self._run
        old = self._old(urn, goal)
        reference = ""
        if goal.custom:
            reference = goal.provider or await self._providers.default(package_of(goal.type), goal.version)
        new = goal.resource(urn, inputs=goal.inputs, provider=reference)
        plugin = self._plugins.at(reference) if reference else None
        with run.reporting(Step(op="create" if old is None else "update", urn=urn, type=goal.type, old=old, new=new)):
            if goal.custom and not run.preview and has_unknown(goal.inputs):
                raise EngineError("an input is unknown: what it comes from was not made")
            other = old is not None and await self._providers.is_another(old, reference)
            decision = await decide(goal, new, old, plugin, other_provider=other)
        match decision.op:
            case "create":
                return await self._create(decision, plugin)
            case "replace":
                assert old is not None  # noqa: S101 - only what is there is replaced
                return await self._replace(decision, old, plugin)
            case "update":
                assert old is not None  # noqa: S101
                return await self._update(decision, old, plugin)
            case _:
                assert old is not None  # noqa: S101
                return await self._same(decision, old)

    def _old(self, urn: str, goal: Goal) -> Resource | None:
        for known in (urn, *goal.aliases):
            if known in self._run.olds:
                self._run.registered.add(known)
                return self._run.olds[known]
        return None

    async def _create(self, decision: Decision, plugin: Plugin | None) -> Resource:
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
            made = replace(new, id=identity, outputs=outputs)
            run.state.put(made, old)
        return made

    async def _update(self, decision: Decision, old: Resource, plugin: Plugin | None) -> Resource:
        run = self._run
        new = replace(decision.new, id=old.id, created=old.created, modified=now(), extra=old.extra)
        step = Step(op="update", urn=new.urn, type=new.type, old=old, new=new, diff=decision.diff)
        async with run.step(step, slot=plugin is not None):
            if plugin is None:
                updated = replace(new, outputs=old.outputs)
                run.state.put(updated, old)
                return updated
            async with run.operation("updating", old):
                outputs = await plugin.update(old, new, preview=run.preview)
                updated = replace(new, outputs=outputs)
                run.state.put(updated, old)
        return updated

    async def _same(self, decision: Decision, old: Resource) -> Resource:
        new = replace(
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
            for item in fields(Resource)
            if item.name not in _BOOKKEEPING
        )
        step = Step(op="same", urn=new.urn, type=new.type, old=old, new=new, diff=decision.diff)
        async with self._run.step(step, slot=False):
            self._run.state.keep(new, old, changed=changed)
        return new

    async def _replace(self, decision: Decision, old: Resource, plugin: Plugin | None) -> Resource:
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
            run.state.alter(old, replace(old, delete=True))
            await run.state.commit()
        return made

    async def outputs(self, urn: str, outputs: Props) -> None:
        """What a component, or the stack itself, says its outputs are."""
        run, before = self._run, self._run.news.get(urn)
        if before is None:
            return
        if not run.preview:
            outputs = without_unknowns(outputs)  # of what failed; a later run will know
        if before.is_stack:
            run.listener.outputs(run.olds[urn].outputs if urn in run.olds else {}, outputs)
        if outputs != before.outputs:
            after = run.news[urn] = replace(before, outputs=outputs, modified=now())
            run.state.alter(before, after)
