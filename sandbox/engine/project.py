"""Pulumi.yaml: what the project is called, where its program is, and what its config must be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sandbox.engine.errors import EngineError


@dataclass(frozen=True, kw_only=True)
class ConfigType:
    """One key under `config:`. `type` is "" when none is declared; `items` describes an array's elements."""

    key: str
    type: str = ""
    items: Mapping[str, Any] | None = None
    default: Any = None
    secret: bool = False

    @property
    def type_name(self) -> str:
        """integer, or array<string>, as the errors say it."""
        return _type_name(self.type, self.items)

    def accepts(self, value: Any) -> bool:
        return not self.type or _matches(self.type, self.items, value)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project folder."""

    root: Path
    name: str
    main: Path
    config: Mapping[str, ConfigType] = field(default_factory=dict)
    """By full key, `project:key`."""

    def full_key(self, key: str) -> str:
        """slaveCount -> apollo:slaveCount; aws:region stays."""
        return key if ":" in key else f"{self.name}:{key}"

    def stack_file(self, stack: str) -> Path:
        return self.root / f"Pulumi.{stack}.yaml"


def load_project(folder: Path) -> Project:
    """From Pulumi.yaml in `folder` or above it; raises EngineError for what cannot be used."""
    path = next((up / "Pulumi.yaml" for up in (folder, *folder.parents) if (up / "Pulumi.yaml").exists()), None)
    if path is None:
        raise EngineError(f"no Pulumi.yaml project file found in {folder} or above it")
    document = load_yaml(path)
    name, runtime = document.get("name"), document.get("runtime")
    if not isinstance(name, str) or not name:
        raise EngineError(f"{path}: `name` is missing")
    if (runtime.get("name") if isinstance(runtime, dict) else runtime) != "python":
        raise EngineError(f"{path}: `runtime` is {runtime!r}: this engine runs python programs")
    main = (path.parent / str(document.get("main", "."))).resolve()
    program = main / "__main__.py" if main.is_dir() else main
    return Project(
        root=path.parent,
        name=name,
        main=program,
        config={
            (key if ":" in key else f"{name}:{key}"): _config_type(path, key, declared)
            for key, declared in (document.get("config") or {}).items()
        },
    )


def load_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping; an empty one is {}."""
    try:
        document = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise EngineError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document or {}, dict):
        raise EngineError(f"{path} must hold a mapping")
    return document or {}


def _config_type(path: Path, key: str, declared: Any) -> ConfigType:
    if not isinstance(declared, dict):  # `key: value` is short for a default
        return ConfigType(key=key, default=declared)
    kind = declared.get("type", "")
    if kind not in ("", "string", "integer", "boolean", "array", "object"):
        raise EngineError(f"{path}: config {key}: type is {kind!r}: string, integer, boolean, array or object")
    if kind == "array" and not isinstance(declared.get("items"), dict):
        raise EngineError(f"{path}: config {key}: an array needs `items` with the type of its elements")
    default = declared.get("default", declared.get("value"))
    if declared.get("secret") and default is not None:
        raise EngineError(f"{path}: config {key}: a secret cannot have a default")
    found = ConfigType(
        key=key, type=kind, items=declared.get("items"), default=default, secret=bool(declared.get("secret"))
    )
    if default is not None and not found.accepts(default):
        raise EngineError(f"{path}: config {key}: the default {json.dumps(default)} is not of type {found.type_name}")
    return found


def _type_name(kind: str, items: Mapping[str, Any] | None) -> str:
    if kind != "array" or items is None:
        return kind
    return f"array<{_type_name(items.get('type', ''), items.get('items'))}>"


def _matches(kind: str, items: Mapping[str, Any] | None, value: Any) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return _is_integer(value)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
        case _:
            return (
                isinstance(value, list)
                and items is not None
                and all(_matches(items.get("type", ""), items.get("items"), item) for item in value)
            )


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        try:
            int(value)
        except ValueError:
            return False
        return value == value.strip() and "_" not in value
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )
