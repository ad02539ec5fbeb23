"""ZooKeeper, as much of it as the stand-ins use."""

import importlib
from typing import Any, Protocol

from sandbox.standins.common.zkurl import ZkUrl


class Lost(Exception):  # noqa: N818
    """A call failed: no connection, no quorum, or the session is over. The text has the reason."""


class Ensemble(Protocol):
    """Nodes by absolute path. Every call raises Lost."""

    def create(self, path: str, content: bytes, *, ephemeral: bool = False, sequence: bool = False) -> str:
        """Makes the folders above it too. Returns the path, with its sequence number."""

    def get(self, path: str) -> bytes | None:
        """None where there is none."""

    def put(self, path: str, content: bytes) -> None:
        """Makes or replaces."""

    def delete(self, path: str) -> None:
        """Does nothing where there is none."""

    def children(self, path: str) -> list[str]:
        """Names, in no order; none where there is no such node."""


class Kazoo:
    """The Ensemble of a real ZooKeeper."""

    def __init__(self, url: ZkUrl, session_timeout: float) -> None:
        """Connects in the background, again and again."""
        kazoo: Any = importlib.import_module("kazoo.client")  # in the image, not in this project's venv
        self._errors: tuple[type[Exception], ...] = (
            importlib.import_module("kazoo.exceptions").KazooException,
            importlib.import_module("kazoo.handlers.threading").KazooTimeoutError,
        )
        self._no_node: type[Exception] = importlib.import_module("kazoo.exceptions").NoNodeError
        self._url = url
        self._client: Any = kazoo.KazooClient(hosts=url.hosts, timeout=session_timeout)
        self._client.start_async()

    def connected(self) -> bool:
        return bool(self._client.connected)

    def create(self, path: str, content: bytes, *, ephemeral: bool = False, sequence: bool = False) -> str:
        return str(self._do("create", path, content, ephemeral=ephemeral, sequence=sequence, makepath=True))

    def get(self, path: str) -> bytes | None:
        found = self._do("get", path)
        return None if found is None else bytes(found[0])

    def put(self, path: str, content: bytes) -> None:
        if self._do("set", path, content) is None:
            self._do("create", path, content, makepath=True)

    def delete(self, path: str) -> None:
        self._do("delete", path)

    def children(self, path: str) -> list[str]:
        return list(self._do("get_children", path) or [])

    def close(self) -> None:
        """Takes this session's ephemeral nodes away at once."""
        self._client.stop()
        self._client.close()

    def _do(self, name: str, *arguments: Any, **more: Any) -> Any:
        """None where there is no such node."""
        if not self._client.connected:
            raise Lost(f"no connection to ZooKeeper at {self._url.hosts}")
        try:
            return getattr(self._client, name)(*arguments, **more)
        except self._no_node:
            return None
        except self._errors as error:
            raise Lost(f"ZooKeeper at {self._url.hosts}: {type(error).__name__} {error}".rstrip()) from error
