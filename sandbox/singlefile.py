"""Makes a single-file program of modules: a zip archive that Python runs, the same bytes every time."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from sandbox.home import PROJECT

_EPOCH = (1980, 1, 1, 0, 0, 0)


def single_file(shebang: str, main: str, modules: Iterable[Path], libraries: Iterable[ModuleType] = ()) -> bytes:
    """The whole file; write it with mode 0755. `main` is the module whose `main()` returns the exit status.

    `modules` are files of this project; the package `sandbox` itself is always included. `libraries` are
    installed modules or packages of pure Python, which are included whole.
    """
    files = dict.fromkeys((PROJECT / "sandbox" / "__init__.py", *modules), PROJECT)
    for library in libraries:
        source = Path(str(library.__file__))
        folder = source.parent
        if source.name == "__init__.py":
            files |= dict.fromkeys(folder.rglob("*.py"), folder.parent)
        else:
            files[source] = folder
    contents = dict(sorted((str(path.relative_to(root)), path.read_bytes()) for path, root in files.items()))
    contents["__main__.py"] = f"import sys\nfrom {main} import main\nsys.exit(main())\n".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return f"#!{shebang}\n".encode() + file.getvalue()
