"""Take published images from their registries into the user's cache, byte for byte, with skopeo."""

import asyncio
import fcntl
import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from infra.steps.images import registry_of
from ops.images.check import Found, check
from ops.images.reference import HUB, Reference, is_loopback
from ops.images.registry import RegistryError
from sandbox.home import Home
from sandbox.hosts.base.command import BuildError, Say
from sandbox.images.published import cache, cached

AT_ONCE = 3
LONGEST = "15m"
"""How long skopeo may take for one image."""


def look_up(
    images: Collection[str], mirror: str, *, seconds: float
) -> Mapping[str, tuple[Reference, Found | RegistryError]]:
    """What the registries answer, or, if it is set, `mirror`, which has every image under its own name.

    Ends after `seconds` for each answer, also where the name of a registry is not resolved for minutes.
    """
    references = {image: Reference.of(f"{mirror}/{registry_of(image)[1]}" if mirror else image) for image in images}
    answers: dict[Reference, Found | RegistryError] = {}

    def ask() -> None:
        answers.update(asyncio.run(check(references.values(), seconds=seconds)))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(4 * seconds)  # a token, an index, a manifest, a configuration
    late = RegistryError(f"no answer within {4 * seconds:g} s", "check the network", reached=False)
    return {image: (reference, answers.get(reference, late)) for image, reference in references.items()}


def take(home: Home, images: Mapping[str, tuple[Reference, Found]], say: Say) -> None:
    """Have these images in the cache; a second caller waits for the first.

    Raises BuildError if one can't be copied; the others are kept.
    """
    if not images:
        return
    if not shutil.which("skopeo"):
        raise BuildError("skopeo is not installed, and published images come through it: apt-get install skopeo")
    home.make_cache()
    cache(home).mkdir(exist_ok=True)

    def one(image: str) -> None:
        reference, found = images[image]
        _take(home, image, reference, found)
        say(f"{image}@{found.digest} from {reference.registry}")

    with (cache(home) / "lock").open("a") as lock, ThreadPoolExecutor(AT_ONCE) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for stale in cache(home).glob("half-*"):
            shutil.rmtree(stale)
        running = [pool.submit(one, image) for image in images if image not in cached(home)]
        failed = [problem for done in running if (problem := done.exception())]
    for problem in failed:
        raise problem


def _take(home: Home, image: str, reference: Reference, found: Found) -> None:
    half = Path(tempfile.mkdtemp(prefix="half-", dir=cache(home)))
    try:
        _copy(image, reference, found, half / "image")
        done = half / "image"
        if found.top != found.own:
            (done / "index.json").write_bytes(found.top.text)
        known = {"image": image, "source": reference.registry, "date": datetime.now(UTC).date().isoformat()}
        (done / "image.json").write_text(json.dumps(known))
        done.rename(cache(home) / image.replace("/", "+"))
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _copy(image: str, reference: Reference, found: Found, folder: Path) -> None:
    # skopeo knows Docker Hub, and a login to it, by its other name.
    host = "docker.io" if reference.registry == HUB else reference.registry
    done = subprocess.run(
        [
            *("skopeo", "--command-timeout", LONGEST, "copy", "--quiet", "--retry-times", "2"),
            *(["--src-tls-verify=false"] if is_loopback(host) else []),
            f"docker://{host}/{reference.repository}@{found.own.digest}",
            f"dir:{folder}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [str(done.returncode)])[-1]
        raise BuildError(f"{image} could not be taken from {reference.registry} by skopeo: {last}")
    if (folder / "manifest.json").read_bytes() != found.own.text:
        raise BuildError(f"{image}: {reference.registry} sent skopeo another manifest than {found.own.digest}")
