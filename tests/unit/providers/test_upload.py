"""command:remote:CopyToRemote puts a file where the real plugin would."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi import FileArchive, FileAsset, StringAsset
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import provider_pb2 as proto

from sandbox.providers.values import Properties, properties
from tests.unit.providers.plugin import Failed, Provider, Refused, Resource
from tests.unit.sshd import Server

TOKEN = "command:remote:CopyToRemote"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "here"
    file.write_text("A")
    return file


@pytest.fixture
def copy(command_provider: Provider) -> Resource:
    return Resource(command_provider, TOKEN)


async def test_a_file_goes_to_a_new_path_and_over_a_file(
    copy: Resource, server: Server, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "old").write_text("a much longer text")
    for target in (tmp_path / "new", tmp_path / "old"):
        await copy.create(connection=server.connection(), source=FileAsset(str(source)), remotePath=str(target))
        assert target.read_text() == "A"


async def test_the_folders_of_the_path_are_made(copy: Resource, server: Server, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "not/yet/there"
    await copy.create(connection=server.connection(), source=FileAsset(str(source)), remotePath=str(target))
    assert target.read_text() == "A"


async def test_a_path_that_cannot_be_written_is_an_error_that_names_host_and_path(
    copy: Resource, server: Server, source: Path
) -> None:
    inputs: dict[str, Any] = {"connection": server.connection(), "source": FileAsset(str(source))}
    with pytest.raises(Failed, match=r"copy to 127\.0\.0\.1:/proc/nowhere/x: "):
        await copy.create(**inputs, remotePath="/proc/nowhere/x")


async def test_assets_of_which_the_cli_sends_the_hash_alone_are_compared_by_it(
    copy: Resource, server: Server, source: Path, tmp_path: Path
) -> None:
    await copy.create(
        connection=server.connection(), source=FileAsset(str(source)), remotePath=str(tmp_path / "there")
    )

    def with_hash(values: Properties, text: str) -> Struct:
        sent = PropertyValue.marshal_map(values)
        fields = sent.fields["source"].struct_value.fields
        del fields["path"]
        fields["hash"].string_value = hashlib.sha256(text.encode()).hexdigest()
        return sent

    for text, changes in (("A", []), ("changed", ["source"])):
        request = proto.DiffRequest(
            urn=copy.urn, id=copy.id, olds=with_hash(copy.raw, "A"), news=with_hash(copy.inputs, text)
        )
        assert list((await copy.provider.ask("Diff", request)).diffs) == changes


async def test_an_asset_keeps_its_hash_so_that_the_cli_sees_when_it_changes(copy: Resource, source: Path) -> None:
    news = PropertyValue.marshal_map(properties({"connection": {"host": "h"}, "remotePath": "/x"}))
    news.fields["source"].CopyFrom(PropertyValue.marshal(PropertyValue(FileAsset(str(source)))))
    news.fields["source"].struct_value.fields["hash"].string_value = "559aead0"
    answer = await copy.provider.ask("Check", proto.CheckRequest(urn=copy.urn, news=news))
    assert answer.inputs.fields["source"] == news.fields["source"]


async def test_an_update_copies_what_changed_under_the_same_path(
    copy: Resource, server: Server, source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "there"
    inputs: dict[str, Any] = {
        "connection": server.connection(),
        "source": FileAsset(str(source)),
        "remotePath": str(target),
    }
    await copy.create(**inputs)
    assert (await copy.diff(**inputs)).changes is False
    source.write_text("changed")
    assert (await copy.diff(**inputs)).diffs == ["source"]
    await copy.update(**inputs)
    assert target.read_text() == "changed"


async def test_a_preview_copies_nothing(copy: Resource, server: Server, source: Path, tmp_path: Path) -> None:
    inputs: dict[str, Any] = {"connection": server.connection(), "source": FileAsset(str(source))}
    await copy.create(preview=True, **inputs, remotePath=str(tmp_path / "there"))
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (FileAsset("/nowhere/file"), "there is no such file"),
        (FileAsset("/etc"), "there is no such file"),
        (FileArchive("/etc"), "must be a FileAsset"),
        (StringAsset("text"), "must be a FileAsset"),
        ("text", "must be a FileAsset"),
    ],
)
async def test_a_source_that_cannot_be_copied_is_found_by_check(copy: Resource, source: object, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        await copy.check(connection={"host": "h"}, source=source, remotePath="/x")
