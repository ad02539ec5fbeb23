"""The providers that the engine knows, loaded when a program first needs them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.provider.experimental.provider import Provider

    from sandbox.engine.plugins import Registry


def sandbox_registry() -> "Registry":
    """Package name -> factory, for the sandbox's own providers."""
    return {"aws": _aws, "command": _command}


def _aws() -> "Provider":
    from sandbox.providers.aws import AwsProvider

    return AwsProvider()


def _command() -> "Provider":
    from sandbox.providers.command import CommandProvider

    return CommandProvider()
