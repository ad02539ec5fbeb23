"""A stack's config: the stack file's values over the project's defaults, checked against its types."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.engine.errors import EngineError
from sandbox.engine.project import ConfigType, Project
from sandbox.engine.secrets import Crypter
from sandbox.engine.stackfile import SECURE
from sandbox.engine.values import Secret, has_secret, redact, reveal


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One value. `value` is a str or, for arrays and objects, plain data; secrets are Secret."""

    key: str
    value: Any

    @property
    def is_secret(self) -> bool:
        return has_secret(self.value)

    @property
    def text(self) -> str:
        """What the program gets: a string; arrays and objects are JSON."""
        return as_text(reveal(self.value))

    @property
    def shown(self) -> str:
        return as_text(redact(self.value))


def as_text(value: Any) -> str:
    """A config value as the CLI hands it to a program."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_secure(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {SECURE}


def stack_settings(
    project: Project, values: Mapping[str, Any], crypter: "Crypter | None", *, defaults: bool = True
) -> dict[str, Setting]:
    """By full key, sorted. Without a crypter, secrets stay sealed: each is Secret(None)."""
    settings = {project.full_key(key): _opened(value, crypter) for key, value in values.items()}
    if defaults:
        for key, declared in project.config.items():
            if declared.default is not None:
                settings.setdefault(key, declared.default)
    return {key: Setting(key=key, value=settings[key]) for key in sorted(settings)}


def _opened(value: Any, crypter: Crypter | None) -> Any:
    if is_secure(value):
        return Secret(None if crypter is None else crypter.decrypt(value[SECURE]))
    if isinstance(value, dict):
        return {key: _opened(item, crypter) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item, crypter) for item in value]
    return value


def check(project: Project, stack: str, settings: Mapping[str, Setting]) -> None:
    """Raises EngineError, in the CLI's words, for a missing value or one of the wrong type."""
    missing = [key for key in project.config if key not in settings and _required(project, key)]
    if missing:
        names = ", ".join(f"'{_short(project, key)}'" for key in sorted(missing))
        first = min(missing)
        remedy = _remedy(stack, _short(project, first), project.config[first])
        noun = "values" if len(missing) > 1 else "value"
        raise EngineError(
            f"validating stack config: Stack '{stack}' is missing configuration {noun} {names}\nset it: {remedy}"
        )
    for key, declared in sorted(project.config.items()):
        setting = settings.get(key)
        if setting is None:
            continue
        name = _short(project, key)
        if declared.secret and not setting.is_secret:
            raise EngineError(
                f"{_with_key(stack, name)} must be encrypted as it's secret\n"
                f"set it again: pulumi config set -s {stack} --secret {name}"
            )
        if not declared.accepts(reveal(setting.value)):
            raise EngineError(
                f"{_with_key(stack, name)} must be of type '{declared.type_name}': "
                f"it is {setting.shown!r}\nset it again: {_remedy(stack, name, declared)}"
            )


def _with_key(stack: str, name: str) -> str:
    return f"validating stack config: Stack '{stack}' with configuration key '{name}'"


def _remedy(stack: str, name: str, declared: ConfigType) -> str:
    if declared.type == "array":
        return f"pulumi config set -s {stack} --path '{name}[0]' VALUE (then [1], ...)"
    if declared.type == "object":
        return f"pulumi config set -s {stack} --path {name}.KEY VALUE"
    return f"pulumi config set -s {stack} {'--secret ' if declared.secret else ''}{name} VALUE"


def _required(project: Project, key: str) -> bool:
    declared = project.config[key]
    return bool(declared.type) and declared.default is None


def _short(project: Project, key: str) -> str:
    """The key as Pulumi.yaml writes it."""
    return project.config[key].key
