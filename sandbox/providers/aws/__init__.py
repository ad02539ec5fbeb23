"""The AWS provider of the sandbox: the tokens that the program uses, over an EC2 API on this machine."""

from sandbox.providers.aws.provider import AwsProvider

__all__ = ["AwsProvider"]
