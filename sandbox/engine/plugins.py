"""Which provider serves a resource: one that the program made, or the default one of its package."""

from collections.abc import Callable, Mapping

from pulumi.provider.experimental import provider as sdk

from sandbox.engine.errors import EngineError
from sandbox.engine.provider import Plugin
from sandbox.engine.resource import Resource, package_of
from sandbox.engine.run import Run
from sandbox.engine.values import Props

Registry = Mapping[str, Callable[[], sdk.Provider]]
"""Package name -> what makes a provider of it."""

_INTERNAL = "__internal"


class Plugins:
    """The configured providers of one run, by reference `urn::id`."""

    def __init__(self, run: Run, registry: Registry) -> None:
        self._run = run
        self._registry = registry
        self._plugins: dict[str, Plugin] = {}

    def at(self, reference: str) -> Plugin:
        """A provider that this run has configured."""
        return self._plugins[reference]

    async def of(self, resource: Resource) -> Plugin:
        """The provider of a resource in the state, configured as the state says if need be."""
        reference = resource.provider
        if reference not in self._plugins:
            provider = self.recorded(reference)
            package = package_of(resource.type if provider is None else provider.type)
            await self.configure(reference, package, {} if provider is None else provider.inputs)
        return self._plugins[reference]

    def recorded(self, reference: str) -> Resource | None:
        """The provider resource that a reference means, as the state has it."""
        urn, _, identity = reference.rpartition("::")
        return next((item for item in self._run.state if item.urn == urn and item.id == identity), None)

    async def configure(self, reference: str, package: str, inputs: Props) -> None:
        """Puts a new provider under `reference`. Raises EngineError for a package that there is none of."""
        plugin = self.new(package)
        await plugin.configure(package, without_internal(inputs))
        self._plugins[reference] = plugin

    def new(self, package: str) -> Plugin:
        factory = self._registry.get(package)
        if factory is None:
            served = ", ".join(sorted(self._registry))
            raise EngineError(f"no provider for the package {package!r}: this engine serves {served}")
        provider = factory()
        if hasattr(provider, "on_line"):  # the sandbox's own tell what a running command prints
            provider.on_line = lambda urn, _stream, text: self._run.listener.line(urn, text)
        return Plugin(provider)


def without_internal(inputs: Props) -> Props:
    """A provider's inputs without what only engines write there."""
    return {key: value for key, value in inputs.items() if key != _INTERNAL}


def with_version(inputs: Props, version: str) -> Props:
    """A provider's inputs as the state has them: with the version of the SDK that asked for it."""
    return {**inputs, "version": version, _INTERNAL: {}} if version else inputs
