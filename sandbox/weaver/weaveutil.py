"""The program `weaveutil`: the little of it that a host without docker's help may call."""

import sys
from collections.abc import Sequence

from sandbox.weaver import VERSION, WHAT_IT_IS

_NO_DATAPATH = 17  # weaveutil's exit status on a kernel without openvswitch
_COMMANDS = ("create-datapath", "delete-datapath", "check-datapath", "add-datapath-interface")


def main(arguments: Sequence[str] | None = None) -> int:
    """The stand-in never has an openvswitch datapath: it answers as on a kernel without one."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["help"] or not words:
        print(f"weaveutil {VERSION} ({WHAT_IT_IS})\nusage: weaveutil <command> <arg>...", file=sys.stderr)
        print("\n".join(("", "where <command> is one of:", "", *_COMMANDS, "help")), file=sys.stderr)
        return 0 if words else 1
    if words[0] not in _COMMANDS:
        print(f'"{words[0]}" cmd is not found in {VERSION}', file=sys.stderr)
        return 1
    if words[0] == "delete-datapath":
        return 0
    print(f"weaveutil {VERSION}: no openvswitch datapath here ({WHAT_IT_IS})", file=sys.stderr)
    return _NO_DATAPATH
