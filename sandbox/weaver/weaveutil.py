"""The program `weaveutil`: a node calls it for a datapath of openvswitch, where its kernel has one."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Does nothing: the stand-in's router needs no datapath. Returns 1 for any other command."""
    command = next(iter(sys.argv[1:] if arguments is None else arguments), "")
    if command in ("create-datapath", "delete-datapath"):
        return 0
    print(f"weaveutil: this stand-in has no {command or 'usage'}", file=sys.stderr)
    return 1
