"""A container under the init system: one template for the unit and one for the job, whichever service it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from infra.config.operating_systems import Init
from infra.steps.step import File, Step
from infra.steps.templates import render

_UNITS = {"systemd": "etc/systemd/system/{}.service", "upstart": "etc/init/{}.conf"}

SECONDS = 300
"""How long a step waits for its service: its other members may be on machines that still boot."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A service's container, of the same name as its unit.

    `data` is where it finds the node's /var/lib/<name>; `volumes` are docker's HOST:CONTAINER[:ro]. What is
    secret comes from `environment_file`, and what no field is for from `options`, words of `docker run`.
    `after` names units that start before it; docker and the weave network always do. `restart` on-failure is for
    a service whose end with status 0 is meant.
    """

    name: str
    description: str
    image: str
    memory_mb: int
    command: Sequence[str] = ()
    entrypoint: str = ""
    data: str = ""
    volumes: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    environment_file: str = ""
    network: str = "host"
    options: Sequence[str] = ()
    after: Sequence[str] = ()
    stop_seconds: int = 10
    restart: Literal["always", "on-failure"] = "always"

    @property
    def folder(self) -> str:
        """Where its data is on the node; empty where it keeps none."""
        return f"/var/lib/{self.name}" if self.data else ""

    def unit(self, init: Init) -> File:
        path = _UNITS[init]
        content = render(f"container/{path.format('container')}", container=self, arguments=list(self._arguments()))
        return File(path=f"/{path.format(self.name)}", content=content)

    def _arguments(self) -> Iterator[tuple[str, ...]]:
        """The words behind `docker run --rm`, those that belong together in one tuple."""
        yield "--name", self.name
        yield "--network", self.network
        yield "--memory", f"{self.memory_mb}m"
        yield "--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=3"
        if self.folder:
            yield "--volume", f"{self.folder}:{self.data}"
        for volume in self.volumes:
            yield "--volume", volume
        # The cluster's own services are no services of its users: registrator passes them over.
        for name, value in {"SERVICE_IGNORE": "true", **self.environment}.items():
            yield "--env", f"{name}={value}"
        if self.environment_file:
            yield "--env-file", self.environment_file
        if self.entrypoint:
            yield "--entrypoint", self.entrypoint
        if self.options:
            yield tuple(self.options)
        yield (self.image,)
        for word in self.command:
            yield (word,)


def fetch(image: str) -> str:
    """Shell that pulls the image where the node does not have it; for a step's `fetch`."""
    return render("container/container.fetch.sh", image=image)


def step(
    container: Container,
    init: Init,
    *,
    health: str,
    files: Sequence[File] = (),
    secret: File | None = None,
    after: Sequence[str] = ("weave-peers",),
    prepare: str = "",
    errors: str = "",
    seconds: int = SECONDS,
) -> Step:
    """The step that puts the container and its files on a node, restarts it where they changed, and waits for it.

    The image comes first, so that a node that can't have it keeps what it runs, over a reboot too.
    `prepare` is shell between the files and the restart, such as a check of new files; where
    that fails, what ran goes on; `errors` are its sentences, as in Step. `health` is as in Service,
    and the step waits for it for `seconds`.
    """
    return Step(
        name=container.name,
        after=tuple(after),
        files=(container.unit(init), *files),
        secret=secret,
        fetch=fetch(container.image),
        errors=errors,
        apply=render("container/container.apply.sh", container=container, prepare=prepare),
        check=render("container/container.check.sh", container=container, init=init, health=health, seconds=seconds),
    )
