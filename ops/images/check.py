"""Whether a node can pull an image and run it: it exists, for linux/amd64, in a format that docker accepts."""

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ops.images.reference import Reference
from ops.images.registry import MIRROR, SECONDS, Manifest, Registry, RegistryError

PLATFORM = ("linux", "amd64")
AT_ONCE = 8
SECONDS_MOST = 30.0
"""How long the check of one image may take, all its requests together."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """An image at its registry: the manifest that its name leads to, and that of linux/amd64, which may be the same.

    `digest` is what docker shows, and checks if an image is pinned by it.
    """

    top: Manifest
    own: Manifest

    @property
    def digest(self) -> str:
        return self.top.digest


async def check(
    references: Collection[Reference], *, plain: Collection[str] = (), seconds: float = SECONDS
) -> Mapping[Reference, Found | RegistryError]:
    """Look up each of the references, several at once. Registries in `plain` have no TLS."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(reference: Reference) -> Found | RegistryError:
        async with turns, Registry(reference.registry, plain=plain, seconds=seconds) as registry:
            try:
                async with asyncio.timeout(SECONDS_MOST):
                    return await _found(registry, reference)
            except RegistryError as error:
                return error
            except TimeoutError:
                late = f"{registry.host} took more than {SECONDS_MOST:g} s"
                return RegistryError(late, f"try again, or {MIRROR}", reached=False)
            except (ValueError, KeyError, TypeError, AttributeError):
                return RegistryError(f"{registry.host} sent a manifest that is not one", "name another image")

    different = list(dict.fromkeys(references))
    return dict(zip(different, await asyncio.gather(*map(one, different)), strict=True))


async def _found(registry: Registry, reference: Reference) -> Found:
    top = own = await registry.manifest(reference.repository, reference.wanted)
    if "manifests" in top.content:
        own = await registry.manifest(reference.repository, _entry(top.content["manifests"]))
    if own.content.get("schemaVersion") == 1:
        raise RegistryError("its manifest has schema 1, which docker 28.2 and newer refuse", "name another image")
    config = json.loads(await registry.blob(reference.repository, own.content["config"]["digest"]))
    if (config["os"], config["architecture"]) != PLATFORM:
        raise _wrong_platform([f"{config['os']}/{config['architecture']}"])
    return Found(top=top, own=own)


def _entry(entries: Collection[Mapping[str, Any]]) -> str:
    """The digest of the manifest for linux/amd64 among the entries of an index."""
    platforms = [entry.get("platform") or {} for entry in entries]
    for entry, platform in zip(entries, platforms, strict=True):
        if (platform.get("os"), platform.get("architecture")) == PLATFORM:
            return str(entry["digest"])
    raise _wrong_platform([f"{one.get('os')}/{one.get('architecture')}" for one in platforms])


def _wrong_platform(platforms: Collection[str]) -> RegistryError:
    known = [one for one in dict.fromkeys(platforms) if "unknown" not in one and "None" not in one]
    return RegistryError(
        f"it is for {', '.join(known) or 'no platform'} and not for {'/'.join(PLATFORM)}", "name another image"
    )
