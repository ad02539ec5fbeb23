"""Weave: the bridge that docker uses on each node, and the router that joins the bridges into one network."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.steps import images
from infra.steps.step import File, Port, Service, Step, Upload
from infra.steps.templates import render

DOMAIN = "weave.local"
"""What the router calls the domain of the names that it is told."""

DNS_PORT = 6753
"""On loopback: the node's own resolver has port 53."""

_BRIDGE_FILE = "etc/network/interfaces.d/weave.cfg"
_COMMAND = "usr/local/bin/weave"
_PEERS_FILE = "etc/default/weave"
_JOBS = {"systemd": "etc/systemd/system/weave.service", "upstart": "etc/init/weave.conf"}
_RESTART = {
    "systemd": "if systemctl is-active --quiet weave; then systemctl restart weave; fi",
    "upstart": "if status weave 2>/dev/null | grep -q running; then restart weave; fi",
}


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
    if not url.startswith("file:"):
        return Archive(url=url, sha256=sha256), None
    upload = Upload(local=Path(unquote(urlsplit(url).path)), remote=f"/tmp/weaver-{sha256[:12]}.tar.gz")  # noqa: S108
    return Archive(path=upload.remote, sha256=sha256), upload


def _binaries(plan: Plan) -> Step:
    archive, upload = _archive(plan.settings)
    values = {"archive": archive, "image": images.mirrored(plan.settings, plan.settings.weave_image)}
    return Step(
        name="weave-binaries",
        after=("base-packages",),
        upload=upload,
        errors=render("weave/weave-binaries.errors.sh", **values),
        apply=render("weave/weave-binaries.apply.sh", restart=_RESTART[plan.settings.system.init], **values),
        check=render("weave/weave-binaries.check.sh", **values),
    )


def _bridge(node: Node, plan: Plan) -> Step:
    mtu = plan.settings.weave_mtu
    return Step(
        name="weave-bridge",
        after=("weave-binaries",),
        files=(
            File(
                path=f"/{_COMMAND}",
                content=render(f"weave/{_COMMAND}", node=node, mtu=mtu, domain=DOMAIN),
                mode="0755",
            ),
            File(path=f"/{_BRIDGE_FILE}", content=render(f"weave/{_BRIDGE_FILE}", node=node)),
        ),
        apply=render("weave/weave-bridge.apply.sh", node=node),
        check=render("weave/weave-bridge.check.sh", node=node),
    )


def _router(plan: Plan) -> Step:
    init, settings = plan.settings.system.init, plan.settings
    job = _JOBS[init]
    dns = f"127.0.0.1:{DNS_PORT}" if settings.dns == "weave" and "dns" in settings.services else ""
    return Step(
        name="weave-router",
        after=("weave-bridge", "docker"),
        files=(File(path=f"/{job}", content=render(f"weave/{job}", mtu=settings.weave_mtu, dns=dns)),),
        secret=File(path="/etc/weave/password", content=settings.weave_password.get_secret_value(), mode="0600"),
        apply=render("weave/weave-router.apply.sh"),
        check="weave ready",
    )


def _peers(node: Node, plan: Plan) -> Step:
    """Apart from the router's own step: peers come and go while it runs, and need no restart."""
    peers = plan.peers(node)
    return Step(
        name="weave-peers",
        after=("weave-router",),
        files=(File(path=f"/{_PEERS_FILE}", content=render(f"weave/{_PEERS_FILE}", peers=peers)),),
        apply=render("weave/weave-peers.apply.sh", peers=peers),
    )


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    return (_binaries(plan), _bridge(node, plan), _router(plan), _peers(node, plan))


WEAVE = Service(
    name="weave",
    steps=_steps,
    ports=(
        Port(name="weave-control", port=6783, description="weave: peers"),
        Port(name="weave-sleeve", protocol="udp", port=6783, description="weave: sleeve packets"),
        Port(name="weave-fastdp", protocol="udp", port=6784, description="weave: fast packets"),
        Port(name="weave-esp", protocol="50", port=None, description="weave: encrypted packets"),
    ),
)
