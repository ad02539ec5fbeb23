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

    def apps(self) -> list[Json]:
        return self._all("apps")

    def put_app(self, app: Json) -> None:
        self._put(f"apps/{ids.node_name(app['id'])}", app)

    def delete_app(self, id: str) -> None:
        self._ensemble.delete(f"{self._root}/apps/{ids.node_name(id)}")

    def instances(self) -> list[Json]:
        return self._all("instances")

    def put_instance(self, kept: Json) -> None:
        self._put(f"instances/{kept['id']}", kept)

    def delete_instance(self, id: str) -> None:
        self._ensemble.delete(f"{self._root}/instances/{id}")

    def deployments(self) -> list[Json]:
        return self._all("deployments")

    def put_deployment(self, deployment: Json) -> None:
        self._put(f"deployments/{deployment['id']}", deployment)

    def delete_deployment(self, id: str) -> None:
        self._ensemble.delete(f"{self._root}/deployments/{id}")

    def framework_id(self) -> str:
        """The same for every leader."""
        if found := self._ensemble.get(f"{self._root}/framework_id"):
            return found.decode()
        made = str(uuid.uuid4())
        self._ensemble.put(f"{self._root}/framework_id", made.encode())
        return made

    def _put(self, name: str, value: Json) -> None:
        self._ensemble.put(f"{self._root}/{name}", json.dumps(value).encode())

    def _all(self, folder: str) -> list[Json]:
        names = self._ensemble.children(f"{self._root}/{folder}")
        contents = [self._ensemble.get(f"{self._root}/{folder}/{name}") for name in sorted(names)]
        return [json.loads(content) for content in contents if content]
