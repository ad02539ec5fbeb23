"""The operating systems that hosts can have."""

from dataclasses import dataclass

import yaml

from sandbox.home import Home


@dataclass(frozen=True, kw_only=True)
class System:
    """`suite` is the Debian release that the hosts' packages are from; `packages` are those that it alone has.

    `engine` is whether the hosts' docker is the one that Ubuntu ships (sandbox/images/engine.py).
    """

    suite: str
    packages: tuple[str, ...] = ()
    engine: bool = False


# By value of the config key `os`.
SYSTEMS = {
    "debian-12": System(suite="bookworm"),
    # In Debian 13 the command `docker` is a package of its own.
    "debian-13": System(suite="trixie", packages=("docker-cli",)),
    "ubuntu-24.04": System(suite="bookworm", engine=True),
}
DEFAULT = "debian-12"


def of_stack(home: Home) -> System:
    """The one that the sandbox's stack asks for; DEFAULT for one that no hosts have, which the program refuses."""
    config = (yaml.safe_load(home.stack_config.read_text()) or {}).get("config") or {}
    return SYSTEMS.get(config.get("apollo:os", DEFAULT), SYSTEMS[DEFAULT])
