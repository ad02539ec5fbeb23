"""Registering a resource: from what the program asks for to what is in the world and in the state."""

from dataclasses import dataclass, replace

from sandbox.engine.carry_out import CarryOut
from sandbox.engine.decide import decide
from sandbox.engine.errors import EngineError
from sandbox.engine.events import Step
from sandbox.engine.goal import Goal
from sandbox.engine.plugins import Plugins
from sandbox.engine.provider_resource import ProviderResources
from sandbox.engine.resource import Resource, now, package_of, urn_of
from sandbox.engine.run import Run, StepFailed
from sandbox.engine.values import Props, has_unknown, without_unknowns


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
        self._steps = CarryOut(run, plugins)

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
                return await self._steps.create(decision, plugin)
            case "replace":
                assert old is not None  # noqa: S101 - only what is there is replaced
                return await self._steps.replace(decision, old, plugin)
            case "update":
                assert old is not None  # noqa: S101
                return await self._steps.update(decision, old, plugin)
            case _:
                assert old is not None  # noqa: S101
                return await self._steps.same(decision, old)

    def _old(self, urn: str, goal: Goal) -> Resource | None:
        for known in (urn, *goal.aliases):
            if known in self._run.olds:
                self._run.registered.add(known)
                return self._run.olds[known]
        return None

    async def outputs(self, urn: str, outputs: Props) -> None:
        """What a component, or the stack itself, says its outputs are."""
        run, before = self._run, self._run.news.get(urn)
        if before is None:
            return
        if not run.preview:
            outputs = without_unknowns(outputs)  # of what failed; a later run will know
        if outputs != before.outputs:
            after = run.news[urn] = replace(before, outputs=outputs, modified=now())
            run.state.alter(before, after)
