"""`python -m sandbox.weaver FOLDER` writes weaver and weaveutil there."""

import sys
from pathlib import Path

from sandbox.weaver.package import install

if len(sys.argv) != 2:
    sys.exit("usage: python -m sandbox.weaver FOLDER")
install(Path(sys.argv[1]))
