"""The provider itself: it finds the resource for a token and asks it."""

from pulumi.provider.experimental.provider import Provider


class AwsProvider(Provider):
    """Serves pulumi-aws 7.51.1's names for what the program uses, over boto3."""
