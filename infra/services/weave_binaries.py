"""The programs of the Weave router, weaver and weaveutil: out of the maintained image, or out of an archive."""

from dataclasses import dataclass

from infra.config.settings import Settings
from infra.plan.plan import Plan
from infra.steps import images
from infra.steps.step import Effect, Step, Upload
from infra.steps.templates import render

STEP = "weave-binaries"


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A tar.gz with weaver and weaveutil: downloaded by the node from `url`, or found on it at `path`."""

    sha256: str
    url: str = ""
    path: str = ""


def _archive(settings: Settings) -> tuple[Archive | None, Upload | None]:
    url, sha256 = settings.weaver_url, settings.weaver_sha256
    if not url:
        return None, None
    if settings.weaver_file is None:
        return Archive(url=url, sha256=sha256), None
    upload = Upload(local=settings.weaver_file, remote=f"/tmp/weaver-{sha256[:12]}.tar.gz")  # noqa: S108
    return Archive(path=upload.remote, sha256=sha256), upload


def step(plan: Plan) -> Step:
    """It prints the digest of the image or the archive that the programs come from."""
    archive, upload = _archive(plan.settings)
    values = {"archive": archive, "image": images.mirrored(plan.settings, plan.settings.weave_image)}
    return Step(
        name=STEP,
        title="Install the programs of the router",
        after=("base-packages",),
        upload=upload,
        errors=render("weave/weave-binaries.errors.sh", **values),
        apply=render("weave/weave-binaries.apply.sh", **values),
        interrupts="traffic",
        check=render("weave/weave-binaries.check.sh", **values),
        output="weaverDigest",
        effects=(Effect(name="programs of the router", command=render("weave/programs.effect.sh"), expected=""),),
    )
