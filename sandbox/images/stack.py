"""The images that the sandbox's stack names, and those that it would name on AWS."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.services import registry
from infra.steps.images import registry_of
from ops.images import stack
from ops.remote.errors import OperatorError
from sandbox.home import DEFAULTS, PROJECT, Home
from sandbox.hosts.base.command import BuildError
from sandbox.images.catalogue import recipes_of

ROUTER = "weaveImage"
DEMO = "apollo/nodejs-rest-api:1"  # of the demonstration


@dataclass(frozen=True)
class Pair:
    """The name of an image that is built here, and of the published one, both without a registry."""

    built: str
    published: str


def named(file: Path) -> Mapping[str, str]:
    """The images that the stack of this config pulls, without a registry, by `weaveImage` or name in `images`.

    Raises BuildError for config that the program would refuse.
    """
    try:
        images = stack.named(stack.settings_of(PROJECT, file))
    except OperatorError as error:
        raise BuildError(str(error)) from None
    return {key: registry_of(image)[1] for key, image in images.items()}


def needed(home: Home) -> set[str]:
    """The recipes of the images of the stack, and, if it has services, of the demonstration's."""
    images = named(home.stack_config)
    return recipes_of({*images.values(), *([DEMO] if set(images) - {ROUTER} else [])})


def pairs() -> Mapping[str, Pair]:
    """By the same keys, what the sandbox's stack names in place of the program's own images."""
    config = yaml.safe_load(DEFAULTS.read_text())["config"]
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    own = {name: image for service in registry.OFFERED for name, image in service.images.items()}
    router = Pair(registry_of(config[f"apollo:{ROUTER}"])[1], declared[ROUTER]["default"])
    return {ROUTER: router, **{key: Pair(image, own[key]) for key, image in config["apollo:images"].items()}}


def switched(config: str, images: Mapping[str, tuple[str, str]]) -> str:
    """The text of a stack's config with other images: by key, what is replaced and by what; the rest stays.

    A key with another value than the one to replace is the user's choice, and stays too.
    """
    registry_before = r"(?:[\w-]*[.:][\w.:-]*/)?"
    for key, (old, new) in images.items():
        line = rf"^( +(?:apollo:)?{re.escape(key)}: +[\"']?{registry_before}){re.escape(old)}([\"']?)$"
        config = re.sub(line, rf"\g<1>{new}\g<2>", config, flags=re.MULTILINE)
    return config
