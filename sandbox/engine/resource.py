"""One resource of a stack's state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.engine.values import Props

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Resource:
    """A resource as a checkpoint holds it. `extra` keeps the fields that this engine has no use for."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Props = field(default_factory=dict)
    outputs: Props = field(default_factory=dict)
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    delete: bool = False
    external: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    deleted_with: str = ""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    init_errors: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    created: str = ""
    modified: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the URN."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def is_provider(self) -> bool:
        return self.type.startswith(PROVIDER_PREFIX)

    @property
    def is_stack(self) -> bool:
        return self.type == STACK_TYPE

    @property
    def is_default_provider(self) -> bool:
        """Default providers are the engine's own business: neither counted nor shown."""
        return self.is_provider and self.name.startswith("default")

    @property
    def provider_urn(self) -> str:
        """The reference without the id: urn:...::name::id -> urn:...::name."""
        return self.provider.rsplit("::", 1)[0] if self.provider else ""

    def needs(self) -> set[str]:
        """URNs that must exist for as long as this resource does."""
        urns = {self.parent, self.provider_urn, self.deleted_with, *self.dependencies}
        for deps in self.property_dependencies.values():
            urns.update(deps)
        return urns - {""}


def now() -> str:
    """UTC, as the state's times are written."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def package_of(type_token: str) -> str:
    """The provider that serves a type: aws:ec2/vpc:Vpc -> aws; pulumi:providers:aws -> aws."""
    parts = type_token.split(":")
    return parts[2] if type_token.startswith(PROVIDER_PREFIX) else parts[0]


def urn_of(stack: str, project: str, parent: str, type_token: str, name: str) -> str:
    """A child's URN names its parents' types, but for the stack's."""
    if parent:
        parent_types = parent.split("::")[2]
        if parent_types != STACK_TYPE:
            type_token = f"{parent_types}${type_token}"
    return f"urn:pulumi:{stack}::{project}::{type_token}::{name}"
