"""The images that the sandbox's registry offers."""

from sandbox.cloud.images import Image
from sandbox.weaver.package import executable


def images() -> list[Image]:
    """Every image, the router's first: the stand-ins are where the maintained image has the real binaries."""
    return [
        Image(
            name="weave",
            tag="2.9.0",
            files={"home/weave/weaver": executable("weaver"), "usr/bin/weaveutil": executable("weaveutil")},
            entrypoint=["/home/weave/weaver"],
        ),
    ]
