"""The images that the sandbox's registry offers."""

from sandbox.cloud.images import Image
from sandbox.home import PROJECT

WEAVER = PROJECT / "sandbox" / "weaver"


def images() -> list[Image]:
    """Every image, the router's first: the binaries are where the maintained image has them."""
    return [
        Image(
            name="weave",
            tag="2.9.0",
            files={"home/weave/weaver": WEAVER / "weaver", "usr/bin/weaveutil": WEAVER / "weaveutil"},
            entrypoint=["/home/weave/weaver"],
        ),
    ]
