"""Scope's command line, in the way of Go's flags; every flag of 1.13 that this project or its users may pass."""

from collections.abc import Sequence
from dataclasses import dataclass

_MODES = ("app", "probe", "version", "help")
# Source: prog/main.go of Scope 1.13.
_SWITCHES = frozenset({
    "debug", "dry-run", "weave", "no-app", "no-probe", "app-only", "probe-only", "probe.publish.stdout",
    "probe.basicAuth", "probe.no-controls", "probe.omit.cmd-args", "probe.omit.env-vars", "probe.insecure",
    "probe.conntrack", "probe.proc.spy", "probe.processes", "probe.ebpf.connections", "probe.docker",
    "probe.cri", "probe.kubernetes", "probe.kubernetes.insecure-skip-tls-verify", "probe.ecs", "app.log.http",
    "app.log.httpHeaders", "app.basicAuth", "app.externalUI", "app.aws.create.tables",
})  # fmt: skip
_TEXTS = frozenset({
    "mode", "weave.hostname", "service-token", "probe.token", "probe.basicAuth.username",
    "probe.basicAuth.password", "probe.basicAuth.password.filename", "probe.http.listen",
    "probe.publish.interval", "probe.spy.interval", "probe.full-report-every", "probe.plugins.root",
    "probe.resolver", "probe.log.prefix", "probe.log.level", "probe.conntrack.buffersize", "probe.proc.root",
    "probe.docker.interval", "probe.docker.bridge", "probe.cri.endpoint", "probe.kubernetes.role",
    "probe.weave.addr", "probe.weave.hostname", "app.window", "app.max-topology-nodes", "app.http.address",
    "app.stopTimeout", "app.log.level", "app.log.prefix", "app.basicAuth.username", "app.basicAuth.password",
    "app.basicAuth.password.filename", "app.weave.addr", "app.weave.hostname", "app.container.name",
    "app.docker", "app.container-label-filter", "app.container-label-filter-exclude", "app.collector",
    "app.userid.header", "app.metrics-graph", "app.service-name",
})  # fmt: skip


class WrongFlag(Exception):  # noqa: N818
    """The command line is not one of Scope's; the text is for the user."""


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """`peers`: where a probe reports to, http://host:port each."""

    mode: str
    flags: dict[str, str]
    peers: tuple[str, ...]

    def on(self, name: str) -> bool:
        return self.flags.get(name) == "true"


def parse(arguments: Sequence[str]) -> CommandLine:
    """Raises WrongFlag."""
    flags = {"mode": "help", "app.http.address": ":4040"}
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        name, equals, value = word.removeprefix("-").removeprefix("-").partition("=")
        if name in _SWITCHES:
            flags[name] = value.lower() if equals else "true"
        elif name in _TEXTS:
            if not equals and not rest:
                raise WrongFlag(f"flag needs an argument: -{name}")
            flags[name] = value if equals else rest.pop(0)
        else:
            raise WrongFlag(f"flag provided but not defined: -{name}")
    if flags["mode"] not in _MODES:
        raise WrongFlag(f"command '{flags['mode']}' not recognized")
    for kind in ("service-token", "probe.token"):
        if kind in flags:
            raise WrongFlag(f"-{kind}: this stand-in has no hosted service to report to")
    local = [] if flags.get("no-app") == "true" else ["127.0.0.1:4040"]
    return CommandLine(mode=flags["mode"], flags=flags, peers=tuple(map(_peer, (*local, *rest))))


def _peer(text: str) -> str:
    host = text.removeprefix("http://").rstrip("/")
    return f"http://{host}" if ":" in host else f"http://{host}:4040"


def address(text: str) -> tuple[str, int]:
    """`:4040` is every address. Raises WrongFlag."""
    host, _, port = text.rpartition(":")
    if not port.isdigit():
        raise WrongFlag(f"invalid listen address {text!r}")
    return host or "0.0.0.0", int(port)  # noqa: S104 - Scope's default
