"""Log lines, one a line, on stderr, where docker keeps them."""

import sys
import time

from sandbox.standins import WHAT_IT_IS


def log(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}", file=sys.stderr, flush=True)


def first_line(program: str, version: str) -> None:
    log(f"I Starting {program} {version}: {WHAT_IT_IS}")
