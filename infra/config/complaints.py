"""Complaints: what a person reads about config that can't be used, one line a key."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from infra.config import aws_provider

_SHOWN_MOST = 40


def lines(error: ValidationError, values: Mapping[str, Any], declared: Mapping[str, FieldInfo]) -> Iterator[str]:
    """`values` and errors are by config key, `declared` by attribute."""
    fields = {str(field.alias): field for field in declared.values()}
    seen: set[str] = set()
    for problem in error.errors(include_url=False, include_context=False):
        key = str(problem["loc"][0])
        if key in seen:
            continue
        seen.add(key)
        if problem["type"] == "extra_forbidden" and key.startswith(aws_provider.PREFIX) and key not in fields:
            yield aws_provider.not_passed_on(key)
            continue
        if problem["type"] == "extra_forbidden" and len(problem["loc"]) == 1:
            yield f"{key} is not a config key{did_you_mean(key, fields)}: `pulumi config rm {key}` removes it"
            continue
        extra = fields[key].json_schema_extra
        remedy = extra["remedy"] if isinstance(extra, dict) else ""
        if problem["type"] == "missing":
            yield f"{key} is missing: {remedy}"
        elif fields[key].annotation is SecretStr:
            reason = problem["msg"].removeprefix("Value error, ")
            yield f"{key} [secret] can't be used, {reason}: {remedy}"
        elif len(problem["loc"]) > 1 and isinstance(values[key], Mapping):
            path, value = _element(values, problem["loc"])
            yield f"{path} is {_shortened(_shown(value))}{_network_meant(problem['input'])}: {remedy}"
        else:
            yield f"{key} is {_shown(values[key])}{_network_meant(problem['input'])}: {remedy}"


def _element(values: Mapping[str, Any], where: Iterable[int | str]) -> tuple[str, Any]:
    """The path of an element as `pulumi config set --path` takes it, and its value; as deep as there are objects."""
    path, value = [], values
    for part in where:
        if not isinstance(value, Mapping) or part not in value:
            break
        path.append(str(part))
        value = value[str(part)]
    return ".".join(path), value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() and value else json.dumps(value)


def _shortened(text: str) -> str:
    """A key's line is long; and what is put in its place by mistake can be a private key."""
    return text if len(text) <= _SHOWN_MOST else f"{text[:_SHOWN_MOST]}..."


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """The nearest known key, as a question; empty when none is near."""
    near = get_close_matches(key, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _network_meant(value: object) -> str:
    """The network of an address with a prefix length, as a question; empty for anything else."""
    if not isinstance(value, str) or "/" not in value:
        return ""
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        return ""
    return "" if str(network) == value else f" (did you mean {network}?)"
