"""A stand-in for the Weave router's two programs, `weaver` and `weaveutil`.

It takes the flags of weaver 2.9.0 that the nodes pass, answers the part of its control API that they use, and carries
real packets, by the kernel's VXLAN. It does not speak weaver's own protocol and it does not encrypt: its version and
its status page say so. A host has nothing but the standard library: `package` packs the libraries too.
"""

VERSION = "2.9.0-standin"
WHAT_IT_IS = "kernel VXLAN; packets are not encrypted"
