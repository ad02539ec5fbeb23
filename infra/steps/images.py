"""Images: the reference to pull for a name, which the stack's config may replace or redirect to a mirror."""

from collections.abc import Mapping

from infra.config.settings import Settings


def reference(settings: Settings, name: str, shipped: Mapping[str, str]) -> str:
    """The image to pull for `name`: what the config key `images` has for it, or else a service's own (`shipped`)."""
    return mirrored(settings, configured(settings, name, shipped))


def configured(settings: Settings, name: str, shipped: Mapping[str, str]) -> str:
    """The same without regard to imageRegistry."""
    return settings.images.get(name, shipped[name])


def mirrored(settings: Settings, image: str) -> str:
    """`image` as imageRegistry has it: the same name, without the registry that `image` itself names."""
    return f"{settings.image_registry}/{registry_of(image)[1]}" if settings.image_registry else image


def registry_of(image: str) -> tuple[str, str]:
    """The registry (host[:port]) that `image` names, empty if it names none, and the rest of it."""
    registry, slash, rest = image.partition("/")
    # docker's own rule for telling a registry from a folder on Docker Hub
    named = slash and ("." in registry or ":" in registry or registry == "localhost")
    return (registry, rest) if named else ("", image)
