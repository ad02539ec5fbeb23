"""Keeps Consul's services the same as docker's containers, for this host and for what it registered itself."""

import re
import threading

from sandbox.standins.common.docker import Docker, DockerError
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import Json
from sandbox.standins.registrator.consul import Consul, ConsulError
from sandbox.standins.registrator.services import Service, services_of

_OWN_ID = re.compile(r"(.+?):([a-zA-Z0-9][a-zA-Z0-9_.-]+):[0-9]+(?::udp)?")


class Bridge:
    """`services`: what it registered, by container id. Safe from several threads."""

    def __init__(self, docker: Docker, consul: Consul, hostname: str, *, cleanup: bool) -> None:
        self._docker, self._consul, self._hostname, self._cleanup = docker, consul, hostname, cleanup
        self._lock = threading.RLock()
        self.services: dict[str, list[Service]] = {}
        self._names: dict[str, str] = {}  # container id -> its name

    def sync(self, *, quiet: bool) -> None:
        """Registers everything anew. Raises DockerError, unless `quiet`."""
        with self._lock:
            try:
                running = self._docker.containers()
            except DockerError as error:
                if not quiet:
                    raise
                return log(f"error listing containers, skipping sync: {error}")
            log(f"Syncing services on {len(running)} containers")
            for container in running:
                if container["Id"] in self.services:
                    for service in self.services[container["Id"]]:
                        self._register(service, "sync register failed")
                else:
                    self._add(container["Id"], quiet=quiet)
            if self._cleanup:
                self._forget_all_but({container["Id"] for container in running})
                self._clean()
        return None

    def _forget_all_but(self, running: set[str]) -> None:
        """Takes away the services of containers whose end it missed."""
        for id in self.services.keys() - running:
            log(f"stale: Removing service {id} because it does not exist")
            self._remove(id)

    def on_event(self, event: Json) -> None:
        """A container's start or end."""
        action, id = (
            event.get("Action") or event.get("status"),
            event.get("id") or event.get("Actor", {}).get("ID", ""),
        )
        with self._lock:
            if action == "start":
                self._add(id, quiet=False)
            elif action == "die":
                self._remove(id)

    def _add(self, id: str, *, quiet: bool) -> None:
        if id in self.services:
            return None
        try:
            container = self._docker.inspect(id)
        except DockerError as error:
            return log(f"unable to inspect container: {id[:12]} {error}")
        services = services_of(container, self._hostname)
        if not services and not quiet:
            log(f"ignored: {id[:12]} no published ports")
        added = [service for service in services if self._register(service, "register failed")]
        for service in added:
            log(f"added: {id[:12]} {service.id}")
        if added:
            self.services[id] = added
            self._names[id] = container["Name"].removeprefix("/")
        return None

    def _register(self, service: Service, what: str) -> bool:
        try:
            self._consul.register(service)
        except ConsulError as error:
            log(f"{what}: {service.id} {error}")
            return False
        return True

    def _remove(self, id: str) -> None:
        for service in self.services.pop(id, []):
            self._deregister(service.id)

    def _deregister(self, service: str) -> None:
        try:
            self._consul.deregister(service)
        except ConsulError as error:
            return log(f"deregister failed: {service} {error}")
        return log(f"removed: {service}")

    def _clean(self) -> None:
        """Takes away what a registrator of this host registered and this one does not know of."""
        try:
            registered = self._consul.services()
        except ConsulError as error:
            return log(f"cleanup failed: {error}")
        mine = {(service.name, self._names[id]) for id, services in self.services.items() for service in services}
        for id, service in registered.items():
            match = _OWN_ID.fullmatch(id)
            if match and match[1] == self._hostname and (service["Service"], match[2]) not in mine:
                log(f"dangling: {id}")
                self._deregister(id)
        return None
