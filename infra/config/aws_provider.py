"""The keys of the AWS provider's config that the program passes on: a provider that it makes reads none by itself."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PREFIX = "aws:"
KEYS = ("aws:region", "aws:profile", "aws:assumeRoles", "aws:allowedAccountIds")


class AssumeRole(BaseModel):
    """A role that the provider assumes, after those before it in the list. `duration` is such as 1h."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True
    )

    role_arn: str = Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$")
    session_name: str | None = Field(default=None, pattern=r"^[\w+=,.@-]{2,64}$")
    external_id: str | None = Field(default=None, min_length=2, max_length=1224)
    duration: str | None = Field(default=None, pattern=r"^(\d+[hms])+$")


def not_passed_on(key: str) -> str:
    """The complaint about another key, whose value may be a secret."""
    return (
        f"{key} is not passed on to AWS: only {', '.join(KEYS)} are; set what you need in the environment "
        f"(such as AWS_PROFILE), and remove the key with `pulumi config rm {key}`"
    )
