"""The choice between images that are built here and published ones. The stack's config records it."""

import re
from collections.abc import Mapping
from pathlib import Path

from infra.config.rules import REGISTRY
from ops.images.check import Found
from ops.images.reference import Reference
from ops.images.registry import RegistryError, complaints
from sandbox.home import Home
from sandbox.hosts.base.command import BuildError, Say
from sandbox.images import catalogue
from sandbox.images.layers import missing
from sandbox.images.published import cached
from sandbox.images.registry_storage import holds
from sandbox.images.skopeo import look_up, take
from sandbox.images.stack import Pair, named, pairs, switched

MODES = ("auto", "published", "built")
PROGRAMS = ("consul", "consul-template", "haproxy", "zookeeper")
"""What `auto` replaces: the same programs, which take minutes to build. The others have stand-ins."""
NEED_CGROUP_V1 = ("mesos", "marathon")
"""Mesos itself does, and Marathon's real one does not understand its stand-in."""
SECONDS = {"auto": 3.0, "published": 10.0}
"""How long a registry may take for one answer."""
CGROUP_V2 = Path("/sys/fs/cgroup/cgroup.controllers")

Answers = Mapping[str, tuple[Reference, Found | RegistryError]]


def choose(home: Home, mode: str, mirror: str, say: Say) -> None:
    """Take published images into the cache, and name them in the stack's config, as `mode` demands.

    `published` replaces all that is built here, `auto` the programs that would have to be built now, if their
    registry answers. Both also take what the stack's config names and nobody builds. `mirror` is as imageRegistry, in
    place of the registries. Raises BuildError: for `auto` only if the config is wrong.
    """
    if not re.fullmatch(REGISTRY, mirror):
        raise BuildError(
            f"IMAGES_FROM is {mirror}: name a registry, as in registry.example.com:5000, without https://"
        )
    every = pairs()
    if mode == "built":
        _switch(home, {key: (pair.published, pair.built) for key, pair in every.items()})
        return
    replaced = _every_possible(every, say) if mode == "published" else _not_built_yet(home, every)
    images = named(home.stack_config)
    wanted = {
        replaced[key].published if key in replaced and image == replaced[key].built else image
        for key, image in images.items()
    }
    if absent := {image for image in wanted if not _is_here(home, image)}:
        answers = look_up(absent, mirror, seconds=SECONDS[mode])
        if mode == "published":
            _take_all(home, answers, say)
        else:
            silent = set() if mirror else {pair.published for pair in replaced.values()}
            _take_some(home, answers, silent, say)
    here = cached(home)
    _switch(
        home,
        {
            key: (pair.built, pair.published)
            for key, pair in replaced.items()
            if mode == "published" or pair.published in here
        },
    )


def _every_possible(every: Mapping[str, Pair], say: Say) -> Mapping[str, Pair]:
    if not CGROUP_V2.exists():
        return every
    say(f"the stand-ins of {' and '.join(NEED_CGROUP_V1)} stay: Mesos needs cgroup v1, and this machine has v2")
    return {key: pair for key, pair in every.items() if key not in NEED_CGROUP_V1}


def _not_built_yet(home: Home, every: Mapping[str, Pair]) -> Mapping[str, Pair]:
    """Without what a cluster here may run already, although the cache was removed."""
    return {
        key: pair
        for key, pair in every.items()
        if key in PROGRAMS
        and missing(home, catalogue.recipes_of([pair.built]))
        and not holds(home.registry, pair.built)
    }


def _is_here(home: Home, image: str) -> bool:
    """Whether it is built here, or in the cache, or was pushed to the sandbox's registry."""
    built = image.partition("@")[0] in catalogue.names()
    return built or image in cached(home) or holds(home.registry, image)


def _take_all(home: Home, answers: Answers, say: Say) -> None:
    """Nothing is taken unless all of it can be."""
    if failed := _failed(answers):
        raise BuildError("\n".join(complaints(failed)))
    take(home, _found(answers), say)


def _take_some(home: Home, answers: Answers, silent: set[str], say: Say) -> None:
    """Take what can be had. Those of `silent` are built instead where no registry answers, which is no news."""
    news = {image: error for image, error in _failed(answers).items() if error.reached or image not in silent}
    for line in complaints(news):
        say(f"not taken from a registry: {line}")
    try:
        take(home, _found(answers), say)
    except BuildError as problem:
        say(str(problem))


def _failed(answers: Answers) -> dict[str, RegistryError]:
    return {
        image: one
        for image, (_, one) in sorted(answers.items(), key=lambda pair: pair[0])
        if isinstance(one, RegistryError)
    }


def _found(answers: Answers) -> dict[str, tuple[Reference, Found]]:
    return {image: (reference, one) for image, (reference, one) in answers.items() if isinstance(one, Found)}


def _switch(home: Home, images: Mapping[str, tuple[str, str]]) -> None:
    config = home.stack_config.read_text()
    if (other := switched(config, images)) != config:
        home.stack_config.write_text(other)
