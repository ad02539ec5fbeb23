"""make preview's text, made from what the CLI prints."""

import pytest

from ops.preview import expanded


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '    create : "set -e\\nput /etc/a \\"b\\"\\n"\n',
            '    create :\n        set -e\n        put /etc/a "b"\n',
        ),
        ('  create: "one\\n\\n  three"\n', "  create:\n      one\n\n        three\n"),
        ('    \x1b[32m+ create: "a\\nb"\x1b[0m\n', "    \x1b[32m+ create:\n        a\n        b\x1b[0m\n"),
        ('    keyName: "login"\n', '    keyName: "login"\n'),
        ("    stdin  : [secret]\n", "    stdin  : [secret]\n"),
        ('    - PEERS="10.0.0.13"\n', '    - PEERS="10.0.0.13"\n'),
    ],
)
def test_a_new_text_of_several_lines_is_shown_as_these_lines(line: str, shown: str) -> None:
    assert expanded(line) == shown
