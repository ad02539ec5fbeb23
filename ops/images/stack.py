"""The images of a stack, from its config file alone: neither the CLI, nor a backend, nor a secret is needed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.config.settings import PROJECT, Settings, SettingsError
from infra.services import registry
from infra.steps import images
from ops.images.reference import Reference
from ops.init import SECRETS, ssh_key
from ops.remote.errors import OperatorError

ANYBODY = "0.0.0.0/32"


def settings_of(project: Path, file: Path) -> Settings:
    """The settings that the config in `file` gives, over the defaults of Pulumi.yaml. Raises OperatorError."""
    declared = yaml.safe_load((project / "Pulumi.yaml").read_text())["config"]
    defaults = {key: schema["default"] for key, schema in declared.items() if "default" in schema}
    try:
        own = (yaml.safe_load(file.read_text()) or {}).get("config") or {}
    except FileNotFoundError:
        raise OperatorError(f"{file.name} does not exist: `make init` makes it, and Pulumi.dev.yaml is one") from None
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise OperatorError(f"{file.name} can't be read: {error}") from None
    values = {**_named(defaults), **_named(_made_by_init()), **_named(own)}
    try:
        return Settings.parse(
            {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
        )
    except SettingsError as error:
        raise OperatorError(str(error)) from None


def _named(config: Mapping[str, Any]) -> dict[str, Any]:
    """By whole keys, as apollo:images; without secrets, which do not concern images."""
    whole = {key if ":" in key else f"{PROJECT}:{key}": value for key, value in config.items()}
    return {key: value for key, value in whole.items() if not (isinstance(value, dict) and "secure" in value)}


def _made_by_init() -> Mapping[str, Any]:
    """What a stack needs and may not have before `make init`: values of the right form."""
    secrets = {key: secret.generate() for key, secret in SECRETS.items()}
    return {**secrets, "sshPrivateKey": ssh_key(), "adminCidrs": [ANYBODY]}


def named(settings: Settings) -> Mapping[str, str]:
    """The images of the stack by config key (`weaveImage`) or name in `images`. Raises OperatorError."""
    try:
        return registry.pulled(settings, registry.chosen(settings))
    except SettingsError as error:
        raise OperatorError(str(error)) from None


def reference(settings: Settings, image: str) -> Reference:
    """Where the nodes pull `image` from."""
    return Reference.of(images.mirrored(settings, image))
