"""What outlives a leader: it is kept in ZooKeeper, for the next one."""

import json

from sandbox.standins.common.ensemble import Ensemble
from sandbox.standins.common.mesos import Json


class Store:
    """Objects below `path`, by kind and id. Every call raises Lost."""

    def __init__(self, ensemble: Ensemble, path: str) -> None:
        self._ensemble, self._path = ensemble, path

    def all(self, kind: str) -> dict[str, Json]:
        """By id, as it was put."""
        names = sorted(self._ensemble.children(f"{self._path}/{kind}"))
        contents = {name: self._ensemble.get(f"{self._path}/{kind}/{name}") for name in names}
        return {name: json.loads(content) for name, content in contents.items() if content}

    def put(self, kind: str, id: str, value: Json) -> None:
        """Makes or replaces. `id` has no slash."""
        self._ensemble.put(f"{self._path}/{kind}/{id}", json.dumps(value).encode())

    def delete(self, kind: str, id: str) -> None:
        self._ensemble.delete(f"{self._path}/{kind}/{id}")
