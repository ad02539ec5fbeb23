"""The command provider of the sandbox: remote commands and uploads by SSH, as far as the program uses them."""

from sandbox.providers.command.provider import CommandProvider

__all__ = ["CommandProvider"]
