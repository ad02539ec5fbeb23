"""A stand-in for the Weave router's two programs, `weaver` and `weaveutil`.

It takes weaver 2.9.0's flags, answers its control API and carries real packets, by the kernel's VXLAN.
It does not speak weaver's own protocol, and it does not encrypt: it says so wherever it shows itself.
A host has nothing but the standard library: `package` makes single files of it, with what else it needs.
"""

VERSION = "2.9.0-standin"
WHAT_IT_IS = "kernel VXLAN; packets are not encrypted"
