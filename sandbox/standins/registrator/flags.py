"""registrator's command line, in the way of Go's flags: -name value, -name=value, switches only by -name=false."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SWITCHES = ("internal", "cleanup")
_NUMBERS = {"ttl-refresh": 0, "ttl": 0, "resync": 0, "retry-attempts": 0, "retry-interval": 2000}
_TEXTS = {"ip": "", "tags": "", "deregister": "always"}


class WrongFlag(Exception):  # noqa: N818
    """The command line is not one of registrator's; the text is what it says. `status`: its exit status."""

    def __init__(self, text: str, status: int = 2) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Config:
    """Times in seconds. `consul` is http://host:port."""

    consul: str
    ip: str = ""
    internal: bool = False
    tags: str = ""
    resync: int = 0
    deregister: str = "always"
    cleanup: bool = False
    retry_attempts: int = 0
    retry_interval: float = 2


def parse(arguments: Sequence[str]) -> Config:
    """Raises WrongFlag."""
    values: dict[str, str | int | bool] = {**dict.fromkeys(_SWITCHES, False), **_NUMBERS, **_TEXTS}
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        name, equals, text = re.sub("^--?", "", word).partition("=")
        if name not in values:
            raise WrongFlag(f"flag provided but not defined: -{name}")
        if name in _SWITCHES:
            values[name] = _switch(name, text if equals else "true")
            continue
        if not equals:
            if not rest:
                raise WrongFlag(f"flag needs an argument: -{name}")
            text = rest.pop(0)
        values[name] = _number(name, text) if name in _NUMBERS else text
    if not rest:
        raise WrongFlag("Missing required argument for registry URI.")
    if len(rest) > 1:
        raise WrongFlag(
            f"Extra unparsed arguments: {' '.join(rest[1:])}\nOptions should come before the registry URI."
        )
    return _checked(values, rest[0])


def _checked(values: dict[str, str | int | bool], uri: str) -> Config:
    ttl, refresh = int(values["ttl"]), int(values["ttl-refresh"])
    if (ttl == 0) != (refresh == 0):
        raise WrongFlag("-ttl and -ttl-refresh must be specified together or not at all", 1)
    if ttl and ttl <= refresh:
        raise WrongFlag("-ttl must be greater than -ttl-refresh", 1)
    if int(values["retry-interval"]) <= 0:
        raise WrongFlag("-retry-interval must be greater than 0", 1)
    if values["deregister"] not in ("always", "on-success"):
        raise WrongFlag('-deregister must be "always" or "on-success"', 1)
    return Config(
        consul=_consul(uri),
        ip=str(values["ip"]),
        internal=bool(values["internal"]),
        tags=str(values["tags"]),
        resync=int(values["resync"]),
        deregister=str(values["deregister"]),
        cleanup=bool(values["cleanup"]),
        retry_attempts=int(values["retry-attempts"]),
        retry_interval=int(values["retry-interval"]) / 1000,
    )


def _consul(uri: str) -> str:
    scheme, colon, rest = uri.partition("://")
    if not colon:
        raise WrongFlag(f"bad adapter uri: {uri}", 1)
    if scheme in ("consul-tls", "consul-unix", "consulkv", "etcd", "skydns2", "zookeeper"):
        raise WrongFlag(f"{scheme}: this stand-in registers at consul://host:port only", 1)
    if scheme != "consul":
        raise WrongFlag(f"unrecognized adapter: {uri}", 1)
    host = rest.split("/")[0] or "127.0.0.1:8500"
    return f"http://{host}" if ":" in host else f"http://{host}:8500"


def _switch(name: str, text: str) -> bool:
    if text not in ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"):
        raise WrongFlag(f'invalid boolean value "{text}" for -{name}')
    return text[0] in "1tT"


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise WrongFlag(f'invalid value "{text}" for flag -{name}')
    return int(text)
