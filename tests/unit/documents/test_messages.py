"""The messages that docs/operations.md explains are those that the code has."""

import re
from pathlib import Path

import pytest

from tests.unit.documents.markdown import PROJECT, rows

_OTHERS = (
    "Stack '...' is missing configuration value 'adminCidrs'",
    "the stack is currently locked by ...",
    "Host key verification failed",
    "Host key is not trusted",
    "host key mismatch",
    "permission denied ... docker.sock",
)
"""Messages of Pulumi, of its plugins, of ssh and of docker."""

_QUOTED = [
    message
    for row in rows(Path("docs/operations.md"), "Troubleshooting")
    for message in re.findall(r"`([^`]+)`", row[0])
    if message not in _OTHERS
]


@pytest.mark.parametrize("message", _QUOTED)
def test_a_message_that_operations_explains_is_in_the_code(message: str) -> None:
    parts = [part.strip() for part in message.split("...") if part.strip()]
    assert parts
    assert any(all(part in text for part in parts) for text in _sources()), f"no source prints {message!r}"


def _sources() -> list[str]:
    """The text of each file of the product and the sandbox; strings that Python joins are joined."""
    folders = ("infra", "ops", "sandbox", "templates")
    paths = [
        path for folder in folders for path in (PROJECT / folder).rglob("*") if path.suffix in {".py", ".sh", ""}
    ]
    texts = [path.read_text() for path in paths if path.is_file()]
    texts.append((PROJECT / "pulumiw").read_text())
    return [re.sub(r'"\n\s*f?"', "", text) for text in texts]
