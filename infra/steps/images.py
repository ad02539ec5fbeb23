"""Which image a name stands for: the stack's own choice or this project's, by way of the mirror if there is one."""

from collections.abc import Mapping

from infra.config.settings import Settings


def reference(settings: Settings, name: str, shipped: Mapping[str, str]) -> str:
    """The image to pull for `name`, one of a service's `images` (`shipped`): the stack's `images` overrides it."""
    return mirrored(settings, settings.images.get(name, shipped[name]))


def mirrored(settings: Settings, image: str) -> str:
    """`image` as imageRegistry offers it: under the same name, without the registry that it names itself."""
    if not settings.image_registry:
        return image
    registry, slash, rest = image.partition("/")
    # docker's own way to tell a registry from a folder on Docker Hub
    named = slash and ("." in registry or ":" in registry or registry == "localhost")
    return f"{settings.image_registry}/{rest if named else image}"
