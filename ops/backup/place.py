"""Where a backup is: a file of this machine, or an object in an S3 bucket."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.recover.access import Access
from ops.remote.errors import OperatorError

_S3 = "s3://"


def write(place: str, content: bytes, access: Callable[[], Access]) -> None:
    """`place` is a path, or s3://bucket/key. A file appears whole, for its owner alone. Raises OperatorError."""
    if place.startswith(_S3):
        _s3(place, access, "put_object", Body=content)
        return
    path = Path(place)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as error:
        raise OperatorError(f"TO is {place}: {error.strerror}; name a file in a folder that exists") from error


def read(place: str, access: Callable[[], Access]) -> bytes:
    """Raises OperatorError."""
    if place.startswith(_S3):
        return bytes(_s3(place, access, "get_object")["Body"].read())
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise OperatorError(f"FROM is {place}: {error.strerror}; name a file that `make backup` wrote") from error


def check(place: str) -> None:
    """Raises OperatorError for a place that has not the form of one."""
    bucket, _, key = place.removeprefix(_S3).partition("/")
    if place.startswith(_S3) and not (bucket and key and not key.endswith("/")):
        raise OperatorError(f"{place} names no object: use s3://BUCKET/KEY, such as s3://my-backups/dev.backup")
    if "://" in place and not place.startswith(_S3):
        raise OperatorError(f"{place} is neither a file nor s3://BUCKET/KEY")


def _s3(place: str, access: Callable[[], Access], call: str, **words: Any) -> Any:
    bucket, _, key = place.removeprefix(_S3).partition("/")
    try:
        return getattr(access().client("s3"), call)(Bucket=bucket, Key=key, **words)
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"{place}: {error}") from error
