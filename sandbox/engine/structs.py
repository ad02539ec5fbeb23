"""The engine's values from and to the protobuf structs that the SDK sends and takes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from google.protobuf import struct_pb2

from sandbox.engine.values import (
    ASSET_SIGNATURE,
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_MARKER,
    Props,
    Secret,
    Unknown,
    Value,
    number,
    secret,
)


def from_struct(struct: struct_pb2.Struct) -> Props:
    """What the SDK sent, in the engine's form; assets get the hash of their content."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            return UNKNOWN if text == UNKNOWN_MARKER else text
        case "number_value":
            return number(value.number_value)
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "struct_value":
            return from_plain_object(from_struct(value.struct_value))
        case _:
            return None


def from_plain_object(fields: Props) -> Value:
    """A dict, or what its signature says it stands for."""
    match fields.get(SIGNATURE):
        case x if x == SECRET_SIGNATURE:
            return secret(fields.get("value"))
        case x if x == OUTPUT_SIGNATURE:
            value = fields.get("value", UNKNOWN)
            return secret(value) if fields.get("secret") is True else value
        case x if x == ASSET_SIGNATURE:
            return with_hash(fields)
        case _:
            return fields


def with_hash(asset: Props) -> Props:
    """An asset with the SHA-256 of its content, so that a changed file is a changed input."""
    if isinstance(asset.get("text"), str):
        content = asset["text"].encode()
    elif isinstance(asset.get("path"), str) and Path(asset["path"]).is_file():
        content = Path(asset["path"]).read_bytes()
    else:
        return asset
    return {**asset, "hash": hashlib.sha256(content).hexdigest()}


def to_struct(props: Mapping[str, Value]) -> struct_pb2.Struct:
    """For the SDK: secrets in their envelope, unknowns as the marker."""
    return struct_pb2.Struct(fields={key: _to_value(value) for key, value in props.items()})


def _to_value(value: Value) -> struct_pb2.Value:
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case Secret():
            return struct_pb2.Value(struct_value=to_struct({SIGNATURE: SECRET_SIGNATURE, "value": value.value}))
        case Unknown():
            return struct_pb2.Value(string_value=UNKNOWN_MARKER)
        case list():
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_value(item) for item in value]))
        case _:
            return struct_pb2.Value(struct_value=to_struct(value))
