"""A container under the init system: one template of a systemd unit and one of an upstart job for all services."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from infra.config.operating_systems import Init
from infra.steps.init_system import unit_path
from infra.steps.step import File, Step
from infra.steps.templates import render

_KILL_SECONDS = 10
"""How much longer than docker the init system waits for a container to stop."""

SECONDS = 300
"""How long a step waits for its service: other members of it may run on machines that are still booting."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container on the host's network; its unit has the same name.

    `data` is where the node's /var/lib/<name> is mounted; `volumes` are docker's HOST:CONTAINER[:ro]. Secrets come
    from `environment_file`. `options` are further words of `docker run`. `after` names units that start earlier, in
    addition to docker and the weave network. `restart="on-failure"`: exiting with 0 is intentional and must not
    restart it.
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
    options: Sequence[str] = ()
    after: Sequence[str] = ()
    stop_seconds: int = 10
    restart: Literal["always", "on-failure"] = "always"

    @property
    def folder(self) -> str:
        """Where its data is on the node; empty when it keeps none."""
        return f"/var/lib/{self.name}" if self.data else ""

    def unit(self, init: Init) -> File:
        content = render(
            f"container{unit_path(init, 'container')}",
            container=self,
            arguments=list(self._arguments()),
            kill_seconds=self.stop_seconds + _KILL_SECONDS,
        )
        return File(path=unit_path(init, self.name), content=content)

    def _arguments(self) -> Iterator[tuple[str, ...]]:
        """The words after `docker run --rm`, an option with its values in one tuple."""
        yield "--name", self.name
        yield "--network", "host"
        yield "--memory", f"{self.memory_mb}m"
        yield "--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=3"
        if self.folder:
            yield "--volume", f"{self.folder}:{self.data}"
        for volume in self.volumes:
            yield "--volume", volume
        # Registrator must skip Apollo's own containers.
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
    """Shell that pulls the image unless the node has it, for a step's `fetch`."""
    return render("container/container.fetch.sh", image=image)


def answers(name: str, url: str, hint: str = "") -> str:
    """Shell for a service's `health`: prints `hint` behind the problem when the URL does not answer with success."""
    return render("container/answers.health.sh", name=name, url=url, hint=hint)


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
    """The step that puts the container and its files on a node, restarts it when they changed, and waits for it.

    The image is pulled first: a node that cannot pull it keeps running what it has, also after a reboot. `prepare` is
    shell between the files and the restart, such as a check of the new files; when it fails, the old container keeps
    running. `errors` are its sentences, as in Step. The step waits up to `seconds` for `health`, which is as in
    Service.
    """
    return Step(
        name=container.name,
        title=f"Run {container.name} in a container",
        after=tuple(after),
        files=(container.unit(init), *files),
        secret=secret,
        image=container.image,
        fetch=fetch(container.image),
        errors=errors,
        apply=render("container/container.apply.sh", container=container, prepare=prepare),
        check=render("container/container.check.sh", container=container, health=health, seconds=seconds),
    )
