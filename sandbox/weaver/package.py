"""Makes single-file programs of this package."""

from pathlib import Path

import dnslib
import h11

from sandbox.home import PROJECT
from sandbox.singlefile import single_file

_HERE = Path(__file__).parent
_SHEBANG = "/usr/bin/python3 -IS"  # every supported host has it; -IS keeps its packages out


def executable(program: str) -> bytes:
    """The whole file of "weaver" or "weaveutil"; write it with mode 0755."""
    modules = {PROJECT / "sandbox" / "commandline.py", *_HERE.glob("*.py")} - {Path(__file__)}
    return single_file(_SHEBANG, f"sandbox.weaver.{program}", modules, libraries=[dnslib, h11])
