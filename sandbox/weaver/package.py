"""Makes single-file programs of this package: zip archives that Python runs, the same bytes every time."""

import io
import zipfile
from pathlib import Path

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent
_SHEBANG = b"#!/usr/bin/python3 -IS\n"  # every supported host has it; -IS keeps its packages out
_EPOCH = (1980, 1, 1, 0, 0, 0)
PROGRAMS = ("weaver", "weaveutil")


def executable(program: str) -> bytes:
    """The whole file of "weaver" or "weaveutil"; write it with mode 0755."""
    modules = {_ROOT / "sandbox" / "__init__.py", *_HERE.glob("*.py")} - {Path(__file__), _HERE / "__main__.py"}
    contents = {str(path.relative_to(_ROOT)): path.read_bytes() for path in sorted(modules)}
    start = f"import sys\nfrom sandbox.weaver.{program} import main\nsys.exit(main())\n"
    contents["__main__.py"] = start.encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return _SHEBANG + file.getvalue()


def install(folder: Path) -> None:
    """Writes both programs into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in PROGRAMS:
        path = folder / program
        path.write_bytes(executable(program))
        path.chmod(0o755)
