"""Pulumi.<stack>.yaml: a stack's config values, and edits to them that leave the rest of the file alone."""

from pathlib import Path
from typing import Any

import yaml

from sandbox.engine.errors import EngineError
from sandbox.engine.project import load_yaml

SECURE = "secure"


class StackFile:
    """The file, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document = load_yaml(path) if path.exists() else {}

    @property
    def values(self) -> dict[str, Any]:
        """What stands under `config`, secrets as {"secure": ciphertext}."""
        values = self.document.get("config") or {}
        if not isinstance(values, dict):
            raise EngineError(f"{self.path}: `config` must hold a mapping of keys to values")
        return values

    @property
    def salt(self) -> str:
        return str(self.document.get("encryptionsalt", ""))

    def set_salt(self, salt: str) -> None:
        self._edit((), "encryptionsalt", salt)

    def set(self, key: str, value: Any) -> None:
        self._edit(("config",), key, value)

    def remove(self, key: str) -> None:
        lines = self._lines()
        found = _span(self._text(), ("config", key))
        if found:
            del lines[slice(*found)]
            self._write(lines)
        if self.path.exists() and self.document.get("config") is None and "config" in self.document:
            lines = self._lines()
            del lines[slice(*(_span(self._text(), ("config",)) or (0, 0)))]
            self._write(lines)

    def unset_salt(self) -> None:
        """Forget the passphrase's salt; does nothing while there are secrets, which would be lost with it."""
        span = _span(self._text(), ("encryptionsalt",))
        if span and f"{SECURE}:" not in self._text():
            lines = self._lines()
            del lines[slice(*span)]
            self._write(lines)

    def _edit(self, section: tuple[str, ...], key: str, value: Any) -> None:
        lines, text = self._lines(), self._text()
        indent = "  " * len(section)
        new = [indent + line for line in _dumped({key: value})]
        if span := _span(text, (*section, key)):
            lines[slice(*span)] = new
        elif section and (span := _span(text, section)):
            lines[span[0] : span[1]] = [*_block(lines[span[0] : span[1]]), *new]
        elif section:
            lines += [f"{section[0]}:\n", *new]
        else:
            lines[0:0] = new  # the CLI puts the salt first
        self._write(lines)

    def _text(self) -> str:
        return self.path.read_text() if self.path.exists() else ""

    def _lines(self) -> list[str]:
        text = self._text()
        return (text if text.endswith("\n") or not text else text + "\n").splitlines(keepends=True)

    def _write(self, lines: list[str]) -> None:
        text = "".join(lines)
        document = yaml.safe_load(text) or {}  # never write what could not be read again
        temporary = self.path.with_name(f".{self.path.name}.tmp")
        temporary.write_text(text)
        temporary.replace(self.path)
        self.document = document


def _dumped(value: Any) -> list[str]:
    text = yaml.safe_dump(value, default_flow_style=False, sort_keys=False, allow_unicode=True, width=1 << 20)
    return text.splitlines(keepends=True)


def _block(lines: list[str]) -> list[str]:
    """`config: {}` and `config:` both as a line that more lines can follow."""
    head = lines[0].split(":", 1)[0] + ":\n"
    return [head, *lines[1:]]


def _span(text: str, keys: tuple[str, ...]) -> tuple[int, int] | None:
    """First line of a key and the line after its value; comments that follow the value are not its own."""
    node = yaml.compose(text) if text.strip() else None
    span = None
    for key in keys:
        if not isinstance(node, yaml.MappingNode):
            return None
        found = next(((name, value) for name, value in node.value if name.value == key), None)
        if found is None:
            return None
        name, node = found
        span = name.start_mark.line, _last_line(node) + 1
    return span


def _last_line(node: yaml.Node) -> int:
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.line
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return max(end - 1, node.start_mark.line)
    return end
