"""Assets, as the CLI sends them: the SDK reads their path alone, and the CLI compares them by their hash alone."""

from collections.abc import Iterator

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.rpc import _special_asset_sig, _special_sig_key

_HASH_ALONE = "sha256:"


def complete(values: Struct) -> None:
    """Gives assets without contents a path that says their hash: the SDK refuses one that has nothing else."""
    for asset in _assets(values).values():
        if not {"path", "text", "uri"} & set(asset.fields):
            asset.fields["path"].string_value = _HASH_ALONE + asset.fields["hash"].string_value


def hash_alone(path: str) -> str | None:
    """The hash (SHA-256 of the contents) in a path that `complete` made; None for the path of a file."""
    return path.removeprefix(_HASH_ALONE) if path.startswith(_HASH_ALONE) else None


def keep_hashes(sent: Struct, answered: Struct) -> None:
    """The CLI takes the inputs from the answer; without a hash an asset would seem to change never."""
    found = _assets(answered)
    for name, asset in _assets(sent).items():
        if name in found:
            found[name].CopyFrom(asset)


def _assets(values: Struct) -> dict[str, Struct]:
    return dict(_found(values))


def _found(values: Struct) -> Iterator[tuple[str, Struct]]:
    for name, value in values.fields.items():
        if not value.HasField("struct_value"):
            continue
        fields = value.struct_value.fields
        if _special_sig_key in fields and fields[_special_sig_key].string_value == _special_asset_sig:
            yield name, value.struct_value
