"""A ZooKeeper in memory: one tree, and a session for each client."""


class Tree:
    def __init__(self) -> None:
        self.nodes: dict[str, tuple[bytes, object]] = {}
        self.sequence = 0


class Session:
    """An Ensemble. `expire` takes its ephemeral nodes away."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def create(self, path: str, content: bytes, *, ephemeral: bool = False, sequence: bool = False) -> str:
        if sequence:
            path = f"{path}{self._tree.sequence:010}"
            self._tree.sequence += 1
        self._tree.nodes[path] = (content, self if ephemeral else None)
        return path

    def get(self, path: str) -> bytes | None:
        return self._tree.nodes[path][0] if path in self._tree.nodes else None

    def put(self, path: str, content: bytes) -> None:
        self._tree.nodes[path] = (content, None)

    def delete(self, path: str) -> None:
        self._tree.nodes.pop(path, None)

    def children(self, path: str) -> list[str]:
        below = [name[len(path) + 1 :] for name in list(self._tree.nodes) if name.startswith(f"{path}/")]
        return sorted({name.split("/")[0] for name in below})

    def expire(self) -> None:
        for name in [name for name, (_, owner) in self._tree.nodes.items() if owner is self]:
            del self._tree.nodes[name]
