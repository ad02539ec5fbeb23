"""The command provider: command:remote:Command and command:remote:CopyToRemote."""

from pulumi.provider.experimental import Provider


class CommandProvider(Provider):
    """Serves the two remote resources of pulumi-command 1.2.1, over SSH."""
