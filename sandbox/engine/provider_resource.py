"""Provider resources: pulumi:providers:<package>, which the engine itself makes and keeps."""

import asyncio
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace

from sandbox.engine.diff import Diff
from sandbox.engine.errors import EngineError
from sandbox.engine.events import Step
from sandbox.engine.goal import Goal
from sandbox.engine.plugins import Plugins, with_version, without_internal
from sandbox.engine.resource import PROVIDER_PREFIX, Resource, now, package_of, urn_of
from sandbox.engine.run import Run
from sandbox.engine.values import UNKNOWN_MARKER, Props


class ProviderResources:
    """Registers providers. `config` is, by package, what the stack's config says for its default provider."""

    def __init__(self, run: Run, plugins: Plugins, config: Mapping[str, Props]) -> None:
        self._run = run
        self._plugins = plugins
        self._config = config
        self._defaults: dict[str, asyncio.Task[str]] = {}

    async def default(self, package: str, version: str) -> str:
        """The reference of a package's default provider, which is registered when first asked for."""
        name = "_".join(["default", *re.split(r"[.+-]", version)]) if version else "default"
        if (key := f"{package}::{name}") not in self._defaults:
            self._defaults[key] = asyncio.create_task(self._register_default(package, name, version))
        return await asyncio.shield(self._defaults[key])

    async def _register_default(self, package: str, name: str, version: str) -> str:
        kind = f"{PROVIDER_PREFIX}{package}"
        inputs = dict(self._config.get(package, {}))
        goal = Goal(type=kind, name=name, custom=True, inputs=inputs, version=version)
        urn = urn_of(self._run.stack, self._run.project, "", kind, name)
        self._run.registered.add(urn)
        return reference_to(await self.register(urn, goal))

    async def register(self, urn: str, goal: Goal) -> Resource:
        """Creates, updates or keeps a provider, and configures it; raises StepFailed."""
        run, old = self._run, self._run.olds.get(urn)
        step = Step(op="create", urn=urn, type=goal.type, old=old, new=goal.resource(urn, inputs={}, provider=""))
        with run.reporting(step):
            inputs = await self._checked(urn, goal, old)
            diff = await self._diff(old, inputs)
        new = goal.resource(urn, inputs=inputs, provider="")
        settled = await self._settled(old, replace(new, outputs=without_internal(inputs)), diff)
        run.news[urn] = settled
        with run.reporting(step):
            await self._plugins.configure(reference_to(settled), package_of(goal.type), settled.inputs)
        return settled

    async def _checked(self, urn: str, goal: Goal, old: Resource | None) -> Props:
        plugin = self._plugins.new(package_of(goal.type))
        olds = without_internal(old.inputs) if old else {}
        inputs, refusals = await plugin.check_config(urn, olds, goal.inputs)
        if refusals:
            raise EngineError("; ".join(f"{item.property}: {item.reason}" for item in refusals))
        return with_version(inputs, goal.version)

    async def _diff(self, old: Resource | None, inputs: Props) -> Diff:
        if old is None:
            return Diff(changes=True)
        plugin = self._plugins.new(package_of(old.type))
        diff = await plugin.diff_config(old, without_internal(inputs))
        return replace(diff, changes=without_internal(old.inputs) != without_internal(inputs))

    async def _settled(self, old: Resource | None, new: Resource, diff: Diff) -> Resource:
        """The provider as it goes into the state; a new instance where the change asks for one."""
        run = self._run
        if old is not None and not diff.replaces:
            modified = now() if diff.changes else old.modified
            settled = replace(new, id=old.id, created=old.created, modified=modified, extra=old.extra)
            op = "update" if diff.changes else "same"
            async with run.step(Step(op=op, urn=new.urn, type=new.type, old=old, new=settled, diff=diff), slot=False):
                run.state.keep(settled, old, changed=bool(diff.changes))
            return settled
        settled = replace(new, id="" if run.preview else str(uuid.uuid4()))
        op = "create" if old is None else "replace"
        async with run.step(Step(op=op, urn=new.urn, type=new.type, old=old, new=settled, diff=diff), slot=False):
            run.state.put(settled)
            if old is not None:
                run.state.alter(old, replace(old, delete=True))
        return settled

    async def is_another(self, old: Resource, reference: str) -> bool:
        """Whether a resource's provider is now one that cannot manage what the old one made."""
        if old.provider == reference:
            return False
        before = self._plugins.recorded(old.provider)
        after = self._run.news.get(reference.rpartition("::")[0])
        if before is None or after is None:
            return True
        diff = await self._plugins.at(reference).diff_config(before, without_internal(after.inputs))
        return bool(diff.replaces)


def reference_to(provider: Resource) -> str:
    """How a resource names its provider; a preview does not know the id of a new one."""
    return f"{provider.urn}::{provider.id or UNKNOWN_MARKER}"
