"""The command line of weaver 2.9.0: every flag it has, and its way of parsing them.

A long flag takes its value after a space or `=`, a switch only by `=`; the first word that is no flag
ends them; a wrong one is told on stderr with exit status 125.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.weaver import VERSION, WHAT_IT_IS

# fmt: off
_SWITCHES = (
    "version", "print-peer-name", "resume", "expect-npc", "pkt-debug", "no-discovery", "no-dns",
    "no-fastdp", "no-bridged-fastdp", "awsvpc", "plugin", "plugin-v2", "plugin-v2-multicast",
    "no-masq-local", "proxy", "rewrite-inspect", "no-default-ipalloc", "no-rewrite-hosts", "tls",
    "tlsverify", "without-dns", "no-multicast-route", "help",
)
_TEXTS = (
    "host", "docker-bridge", "name", "nickname", "password", "log-level", "profile", "http-addr",
    "status-addr", "metrics-addr", "ipalloc-init", "ipalloc-range", "ipalloc-default-subnet",
    "docker-api", "dns-domain", "dns-listen-address", "dns-fallback-timeout", "resolv-conf", "datapath",
    "trusted-subnets", "proc-path", "host-root", "peer-discovery-url", "token", "advertise-address",
    "plugin-socket", "plugin-mesh-socket", "hostname-from-label", "hostname-match",
    "hostname-replacement", "tlscacert", "tlscert", "tlskey",
)
# fmt: on
_NUMBERS = {"port": 6783, "min-protocol-version": 1, "conn-limit": 200, "bufsz": 8, "mtu": 0, "dns-ttl": 1}
_PRESET_TEXTS = {
    "weave-bridge": "weave",
    "db-prefix": "/weavedb/weave",
    "dns-domain": "weave.local.",
    "dns-listen-address": "0.0.0.0:53",
    "dns-fallback-timeout": "5s",
}

DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(_SWITCHES, False),
    **_NUMBERS,
    **dict.fromkeys(_TEXTS, ""),
    **_PRESET_TEXTS,
}
"""Every flag, without its dashes, and its default."""

NO_RESOLVERS = ("", "/dev/null")
"""Values of --resolv-conf that name nobody to ask for other domains' names."""

_UNSERVED = {
    "awsvpc": "AWS VPC routing",
    "plugin": "docker plugin",
    "plugin-v2": "docker plugin",
    "proxy": "docker proxy",
    "ipalloc-range": "address allocation (IPAM)",
    "token": "peer discovery by URL",
}


class WrongFlag(Exception):  # noqa: N818
    """The command line is not one of weaver's; the text is what weaver says."""


class Unserved(Exception):  # noqa: N818
    """The flag is weaver's, and asks for something that the stand-in does not have."""


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """`flags` holds every flag, given or not; `peers` the words after them."""

    flags: dict[str, Any]
    peers: tuple[str, ...]

    def __getitem__(self, flag: str) -> Any:
        return self.flags[flag]


def parse(arguments: Sequence[str]) -> CommandLine:
    """Raises WrongFlag."""
    flags, rest = dict(DEFAULTS), list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name not in DEFAULTS:
            raise WrongFlag(f"flag provided but not defined: {word.partition('=')[0]}")
        if isinstance(DEFAULTS[name], bool):
            value = value if equals else "true"
        elif not equals:
            if not rest:
                raise WrongFlag(f"flag needs an argument: --{name}")
            value = rest.pop(0)
        flags[name] = _typed(name, value)
    return CommandLine(flags=flags, peers=tuple(rest))


def _typed(name: str, value: str) -> Any:
    if isinstance(DEFAULTS[name], bool):
        if value not in ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"):
            raise WrongFlag(f'invalid boolean value "{value}" for  --{name}')
        return value[0] in "1tT"
    if isinstance(DEFAULTS[name], int):
        if not re.fullmatch(r"[+-]?\d+", value):
            raise WrongFlag(f'invalid value "{value}" for flag --{name}: invalid syntax')
        return int(value)
    return value


def refuse_what_is_not_served(command_line: CommandLine) -> None:
    """Raises Unserved, rather than leave something out in silence."""
    for flag, what in _UNSERVED.items():
        if command_line[flag]:
            raise Unserved(f"--{flag}: this stand-in has no {what}")
    if not command_line["no-dns"] and command_line["resolv-conf"] not in NO_RESOLVERS:
        raise Unserved("--resolv-conf: this stand-in has no other resolvers to ask: pass /dev/null")


def usage(program: str) -> str:
    lines = [f"  --{name}" + (f"={value}" if value else "") for name, value in sorted(DEFAULTS.items())]
    return f"Usage of {program} ({VERSION}: {WHAT_IT_IS}):\n\n" + "\n".join(lines) + "\n"
