"""A text stream that hands on whole lines."""

import io
from collections.abc import Callable


class LineWriter(io.TextIOBase):
    """Calls `say` with each line, without its newline."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._say(line)
        return len(text)

    def flush(self) -> None:
        """Hands on what has no newline yet, if anything."""
        if self._rest:
            rest, self._rest = self._rest, ""
            self._say(rest)
