"""Where backups go: a file for its owner alone, or an object in a bucket."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from ops.backup import place
from ops.recover.access import Access
from ops.remote.errors import OperatorError

ACCESS = Access(region="eu-west-1", profile="", roles=())


def access() -> Access:
    return ACCESS


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an S3 of this test, which has the bucket `mine`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = ACCESS.client("s3")
        client.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": ACCESS.region})
        yield client


def test_a_file_is_for_its_owner_alone_and_replaces_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "dev.backup"
    file.write_text("an older one")
    place.write(str(file), b"content", access)
    assert place.read(str(file), access) == b"content"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_an_object_in_a_bucket_is_read_as_it_was_written(s3: Any) -> None:
    content = bytes(range(256)) * 999
    place.write("s3://mine/nightly/dev.backup", content, access)
    assert s3.get_object(Bucket="mine", Key="nightly/dev.backup")["Body"].read() == content
    assert place.read("s3://mine/nightly/dev.backup", access) == content


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("/nowhere/dev.backup", "FROM is /nowhere/dev.backup: No such file or directory; name a file that"),
        ("s3://mine/absent", "s3://mine/absent: An error occurred (NoSuchKey) when calling the GetObject operation"),
        ("s3://yours/dev.backup", "s3://yours/dev.backup: An error occurred (NoSuchBucket)"),
    ],
)
@pytest.mark.usefixtures("s3")
def test_a_backup_that_is_not_there_is_named_with_the_reason(source: str, error: str) -> None:
    with pytest.raises(OperatorError) as refused:
        place.read(source, access)
    assert str(refused.value).startswith(error)


def test_a_folder_that_does_not_exist_is_not_made() -> None:
    with pytest.raises(
        OperatorError, match=r"^TO is /nowhere/dev\.backup: No such file or directory; name a file in"
    ):
        place.write("/nowhere/dev.backup", b"content", access)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("s3://bucket", "s3://bucket names no object: use s3://BUCKET/KEY"),
        ("s3://bucket/folder/", "s3://bucket/folder/ names no object"),
        ("s3:///key", "s3:///key names no object"),
        ("gs://bucket/key", "gs://bucket/key is neither a file nor s3://BUCKET/KEY"),
    ],
)
def test_a_place_that_is_none_is_refused_before_anything_is_read(given: str, error: str) -> None:
    with pytest.raises(OperatorError) as refused:
        place.check(given)
    assert str(refused.value).startswith(error)
