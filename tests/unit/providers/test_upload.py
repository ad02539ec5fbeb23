"""command:remote:CopyToRemote puts a file where the real plugin would."""

from pathlib import Path
from typing import Any

import pytest
from pulumi import FileArchive, FileAsset, StringAsset

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


async def test_a_path_in_a_folder_that_is_not_there_is_an_error_that_names_host_and_path(
    copy: Resource, server: Server, source: Path, tmp_path: Path
) -> None:
    inputs: dict[str, Any] = {"connection": server.connection(), "source": FileAsset(str(source))}
    with pytest.raises(Failed, match=r"copy to 127\.0\.0\.1:.*/nowhere/x: No such file"):
        await copy.create(**inputs, remotePath=str(tmp_path / "nowhere/x"))


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
