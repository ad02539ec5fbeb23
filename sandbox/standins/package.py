"""Makes each stand-in a single-file program."""

from pathlib import Path

import bottle

from sandbox.home import PROJECT
from sandbox.singlefile import single_file
from sandbox.standins import PROGRAMS

_HERE = Path(__file__).parent
_SHARED = PROJECT / "sandbox" / "commandline.py"
_SHEBANG = "/usr/bin/python3 -I"  # without -S: python3-kazoo is among the distribution's packages


def executable(program: str) -> bytes:
    """The whole file of one of PROGRAMS; write it with mode 0755. Its image needs packages.txt's packages."""
    package = PROGRAMS[program]
    folder = _HERE / package.rpartition(".")[2]
    modules = {_SHARED, _HERE / "__init__.py", *(_HERE / "common").glob("*.py"), *folder.glob("*.py")}
    return single_file(_SHEBANG, f"{package}.__main__", modules, libraries=[bottle])
