"""Makes a single-file program of modules: a zip archive that Python runs, the same bytes every time."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from sandbox.home import PROJECT

_EPOCH = (1980, 1, 1, 0, 0, 0)


def single_file(shebang: str, main: str, modules: Iterable[Path]) -> bytes:
    """The whole file; write it with mode 0755. `main` is the module whose `main()` gives the exit status.

    `modules` are files of this project; the package `sandbox` itself needs no mention.
    """
    paths = sorted({PROJECT / "sandbox" / "__init__.py", *modules})
    contents = {str(path.relative_to(PROJECT)): path.read_bytes() for path in paths}
    contents["__main__.py"] = f"import sys\nfrom {main} import main\nsys.exit(main())\n".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return f"#!{shebang}\n".encode() + file.getvalue()
