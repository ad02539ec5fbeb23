"""The messages that docs/operations.md and docs/aws.md explain are those that the code has."""

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
    "PULUMI_ACCESS_TOKEN must be set for login",
    "passphrase must be set with PULUMI_CONFIG_PASSPHRASE",
    "No valid credential sources found",
    "Invalid credentials configured",
    "Value (...) for parameter availabilityZone is invalid",
)
"""Messages of Pulumi, of its plugins, of AWS, of ssh and of docker."""

_CELLS = [
    *(row[0] for row in rows(Path("docs/operations.md"), "Troubleshooting")),
    *(row[1] for row in rows(Path("docs/aws.md"), "When a step fails")),
]
_QUOTED = [message for cell in _CELLS for message in re.findall(r"`([^`]+)`", cell) if message not in _OTHERS]


@pytest.mark.parametrize("message", _QUOTED)
def test_a_message_that_a_page_explains_is_in_the_code(message: str) -> None:
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
