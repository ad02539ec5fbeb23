"""`make images`: whether nodes can pull the images of a stack, asked before `up`, and the digests to pin them by."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import click

from ops.images import stack
from ops.images.check import PLATFORM, Found, check
from ops.images.reference import pinned
from ops.images.registry import RegistryError, complaints
from ops.remote.errors import OperatorError, complain
from ops.remote.stack import PROJECT
from sandbox.home import Home

SANDBOX = "sandbox"
ROUTER = "weaveImage"


def report(name: str, project: Path, file: Path) -> Iterator[str]:
    """The lines that pin the images of the stack `name`, whose config is `file`. Raises OperatorError."""
    settings = stack.settings_of(project, file)
    images = stack.named(settings)
    references = {key: stack.reference(settings, image) for key, image in images.items()}
    # The sandbox's own registry has no TLS.
    plain: Collection[str] = [settings.image_registry] if name == SANDBOX else ()
    answers = asyncio.run(check(references.values(), plain=plain))
    found = {key: answers[reference] for key, reference in references.items()}
    failed = {_shown(key, images[key]): one for key, one in found.items() if isinstance(one, RegistryError)}
    if failed:
        raise OperatorError("\n".join(complaints(failed)))
    yield f"# {len(images)} images, all for {'/'.join(PLATFORM)} and in a format that docker pulls; to pin them:"
    yield from _pins(images, {key: one.digest for key, one in found.items() if isinstance(one, Found)})


def _shown(key: str, image: str) -> str:
    return f"{key if key == ROUTER else f'images.{key}'} ({image})"


def _pins(images: Mapping[str, str], digests: Mapping[str, str]) -> Iterator[str]:
    """As they are written in Pulumi.<stack>.yaml below `config:`."""
    pins = {key: pinned(image, digests[key]) for key, image in images.items()}
    if router := pins.pop(ROUTER, ""):
        yield f"  apollo:{ROUTER}: {router}"
    if pins:
        yield "  apollo:images:"
    for key, pin in pins.items():
        yield f"    {key}: {pin}"


@click.command()
@click.argument("stack_name", metavar="STACK")
def main(stack_name: str) -> None:
    """Check every image of the stack STACK at its registry; exits with status 1 when a node could not pull one."""
    name = stack_name.rpartition("/")[2]
    file = Home().stack_config if name == SANDBOX else PROJECT / f"Pulumi.{name}.yaml"
    try:
        for line in report(name, PROJECT, file):
            print(line)
    except OperatorError as error:
        complain(error)


if __name__ == "__main__":
    main()
