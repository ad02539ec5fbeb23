"""What the sandbox's registry offers: the images in the user's cache, built here or published."""

from sandbox.home import Home
from sandbox.images.catalogue import images
from sandbox.images.oci import Packed, pack
from sandbox.images.published import cached
from sandbox.images.registry_storage import lacks, offer


def fill(home: Home) -> list[str]:
    """Add to the registry what it lacks, and list all of it in `home.images`. Returns what was added."""
    offered = _offered(home)
    added = offer(home.registry, [image for image, _ in offered])
    home.images.write_text("".join(sorted(f"{image.reference}  {origin}\n" for image, origin in offered)))
    return added


def is_complete(home: Home) -> bool:
    """Whether the registry has all that it could offer; one that was never used lacks nothing."""
    return not home.registry.is_dir() or not lacks(home.registry, [image for image, _ in _offered(home)])


def _offered(home: Home) -> list[tuple[Packed, str]]:
    """Each image with where it comes from."""
    built = [(pack(image), "built here") for image in images(home)]
    published = [(one.packed, f"published, from {one.source} on {one.date}") for one in cached(home).values()]
    return built + published
