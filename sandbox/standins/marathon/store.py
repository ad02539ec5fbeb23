"""What outlives a leader, in ZooKeeper: apps, instances, deployments, the framework's id."""

import json
import uuid

from sandbox.standins.common.ensemble import Ensemble
from sandbox.standins.common.mesos import Json
from sandbox.standins.marathon import ids


class Store:
    """Under <zk path>/standin. Every call raises Lost."""

    def __init__(self, ensemble: Ensemble, path: str) -> None:
        self._ensemble, self._root = ensemble, f"{path}/standin"

    def all(self, kind: str) -> list[Json]:
        """`kind` is apps, instances or deployments."""
        names = self._ensemble.children(f"{self._root}/{kind}")
        contents = [self._ensemble.get(f"{self._root}/{kind}/{name}") for name in sorted(names)]
        return [json.loads(content) for content in contents if content]

    def put(self, kind: str, value: Json) -> None:
        """Makes or replaces the one with the `id` of `value`."""
        self._ensemble.put(f"{self._root}/{kind}/{ids.node_name(value['id'])}", json.dumps(value).encode())

    def delete(self, kind: str, id: str) -> None:
        self._ensemble.delete(f"{self._root}/{kind}/{ids.node_name(id)}")

    def framework_id(self) -> str:
        """The same for every leader."""
        if found := self._ensemble.get(f"{self._root}/framework_id"):
            return found.decode()
        made = str(uuid.uuid4())
        self._ensemble.put(f"{self._root}/framework_id", made.encode())
        return made
