"""command:remote:CopyToRemote puts texts, files and folders where the real plugin would."""

from pathlib import Path
from typing import Any

import pytest
from pulumi import AssetArchive, FileArchive, FileAsset, StringAsset

from tests.unit.providers.plugin import Failed, Provider, Refused, Resource
from tests.unit.sshd import Server

TOKEN = "command:remote:CopyToRemote"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_text("A")
    (folder / "sub" / "b").write_text("B")
    return folder


@pytest.fixture
def copy(command_provider: Provider) -> Resource:
    return Resource(command_provider, TOKEN)


async def test_a_text_becomes_a_file_with_its_parent_folders(copy: Resource, server: Server, there: Path) -> None:
    target = there / "x" / "y"
    await copy.create(connection=server.connection(), source=StringAsset("hello"), remotePath=str(target))
    assert target.read_text() == "hello"


async def test_a_text_onto_a_folder_is_an_error(copy: Resource, server: Server, there: Path) -> None:
    with pytest.raises(Failed, match="is a directory"):
        await copy.create(connection=server.connection(), source=StringAsset("t"), remotePath=str(there))


async def test_a_file_goes_to_a_new_name_into_a_folder_or_over_a_file(
    copy: Resource, server: Server, here: Path, there: Path
) -> None:
    (there / "old").write_text("old")
    for target, lands in (
        (there / "n" / "new", there / "n" / "new"),
        (there, there / "a"),
        (there / "old",) * 2,
    ):
        source = FileAsset(str(here / "a"))
        await copy.create(connection=server.connection(), source=source, remotePath=str(target))
        assert lands.read_text() == "A"


@pytest.mark.parametrize(("slash", "lands"), [("", "here/sub/b"), ("/", "sub/b")])
async def test_a_folder_goes_in_whole_or_only_its_contents(
    copy: Resource, server: Server, here: Path, there: Path, slash: str, lands: str
) -> None:
    source = FileArchive(f"{here}{slash}")
    await copy.create(connection=server.connection(), source=source, remotePath=str(there))
    assert (there / lands).read_text() == "B"


async def test_a_folder_onto_a_file_is_an_error(copy: Resource, server: Server, here: Path, there: Path) -> None:
    (there / "file").write_text("")
    with pytest.raises(Failed, match="not a directory"):
        await copy.create(
            connection=server.connection(), source=FileArchive(str(here)), remotePath=str(there / "file")
        )


async def test_an_update_copies_what_changed_under_the_same_path(
    copy: Resource, server: Server, here: Path, there: Path
) -> None:
    source = FileAsset(str(here / "a"))
    inputs: dict[str, Any] = {"connection": server.connection(), "source": source, "remotePath": str(there / "a")}
    await copy.create(**inputs)
    assert (await copy.diff(**inputs)).changes is False
    (here / "a").write_text("changed")
    assert (await copy.diff(**inputs)).diffs == ["source"]
    await copy.update(**inputs)
    assert (there / "a").read_text() == "changed"


async def test_an_update_of_the_connection_alone_copies_nothing(
    copy: Resource, server: Server, here: Path, there: Path
) -> None:
    inputs: dict[str, Any] = {"source": FileAsset(str(here / "a")), "remotePath": str(there / "a")}
    await copy.create(connection=server.connection(), **inputs)
    (there / "a").unlink()
    await copy.update(connection=server.connection(perDialTimeout=20), **inputs)
    assert not (there / "a").exists()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (FileAsset("/nowhere/file"), "no such file"),
        (AssetArchive({"a": StringAsset("x")}), "must be a FileAsset"),
        ("text", "must be a FileAsset"),
    ],
)
async def test_a_source_that_cannot_be_copied_is_found_by_check(copy: Resource, source: object, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        await copy.check(connection={"host": "h"}, source=source, remotePath="/x")
