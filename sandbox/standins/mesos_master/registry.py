"""What outlives a leading master: it is kept in ZooKeeper, for the next one."""

import json

from sandbox.standins.common.ensemble import Ensemble, Lost
from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Refused


class Registry:
    """Below `path`."""

    def __init__(self, ensemble: Ensemble, path: str) -> None:
        self._ensemble, self._path = ensemble, path

    def agents(self) -> dict[str, Json]:
        """The AgentInfo of each registered agent, by id. Raises Lost."""
        read = {id: self._ensemble.get(f"{self._path}/agents/{id}") for id in self._names("agents")}
        return {id: json.loads(content) for id, content in read.items() if content}

    def gone(self) -> set[str]:
        """The ids that may not register again. Raises Lost."""
        return set(self._names("gone"))

    def keep(self, name: str, value: Json) -> None:
        """Raises Refused (503: no ZooKeeper)."""
        try:
            self._ensemble.put(f"{self._path}/{name}", json.dumps(value).encode())
        except Lost as error:
            raise Refused(503, str(error)) from None

    def drop(self, name: str) -> None:
        """Raises Refused (503: no ZooKeeper)."""
        try:
            self._ensemble.delete(f"{self._path}/{name}")
        except Lost as error:
            raise Refused(503, str(error)) from None

    def _names(self, folder: str) -> list[str]:
        return self._ensemble.children(f"{self._path}/{folder}")
