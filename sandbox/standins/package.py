"""Makes each stand-in a single-file program: a zip archive that Python runs, the same bytes every time."""

import io
import zipfile
from pathlib import Path

from sandbox.standins import PROGRAMS

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent
_SHEBANG = b"#!/usr/bin/python3 -I\n"  # without -S: python3-kazoo is among the distribution's packages
_EPOCH = (1980, 1, 1, 0, 0, 0)


def executable(program: str) -> bytes:
    """The whole file of one of PROGRAMS; write it with mode 0755. Its image needs packages.txt's packages."""
    package = PROGRAMS[program]
    folder = _ROOT / package.replace(".", "/")
    modules = {_ROOT / "sandbox" / "__init__.py", _HERE / "__init__.py"}
    modules |= {*(_HERE / "common").glob("*.py"), *folder.glob("*.py")}
    contents = {str(path.relative_to(_ROOT)): path.read_bytes() for path in sorted(modules)}
    contents["__main__.py"] = f"import sys\nfrom {package} import main\nsys.exit(main())\n".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return _SHEBANG + file.getvalue()
