"""Elections: the contender whose ephemeral node has the lowest sequence number leads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.standins.common.ensemble import Ensemble, Lost
from sandbox.standins.common.log import log

_PAUSE = 1.0  # seconds between two looks


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`leader` is the content of the leader's node, or None; `contenders` how many there are."""

    leader: bytes | None = None
    mine: bool = False
    contenders: int = 0


def leader_of(ensemble: Ensemble, folder: str, marker: str) -> bytes | None:
    """The content of the leader's node, for a process that does not contend. Raises Lost."""
    names = in_order(ensemble.children(folder), marker)
    return ensemble.get(f"{folder}/{names[0]}") if names else None


def in_order(names: list[str], marker: str) -> list[str]:
    """Those that are contenders (`marker` is in their name), by the ten digits at their end."""
    contenders = [name for name in names if marker in name and name[-10:].isdigit()]
    return sorted(contenders, key=lambda name: int(name[-10:]))


class Election:
    """One contender: node `prefix`<sequence> in `folder`. `on_lost` is called when it has lost the lead."""

    def __init__(
        self,
        ensemble: Ensemble,
        *,
        folder: str,
        prefix: str,
        marker: str,
        content: bytes,
        patience: float,
        on_won: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        """`patience`: after so many seconds without ZooKeeper, others have taken the lead."""
        self._ensemble, self._folder, self._prefix, self._marker = ensemble, folder, prefix, marker
        self._content, self._patience = content, patience
        self._on_won, self._on_lost = on_won, on_lost
        self._node = ""
        self._seen = time.monotonic()
        self._logged = False
        self._unsure = False
        self.standing = Standing()

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.look(time.monotonic())
            stop.wait(_PAUSE)

    def look(self, now: float) -> None:
        """Looks once. Calls `on_won` or `on_lost` when that changed."""
        led = self.standing.mine
        try:
            self.standing = self._look()
            self._seen, self._logged = now, False
        except Lost as error:
            if not self._logged:
                log(f"W {error}")
                self._logged = True
            if now - self._seen > self._patience:
                self.standing = Standing()
        if self.standing.mine and not led:
            self._on_won()
        if led and not self.standing.mine:
            self._on_lost()

    def _look(self) -> Standing:
        names = in_order(self._ensemble.children(self._folder), self._marker)
        if self._node not in names and not self.standing.mine:
            self._node = self._adopted(names) or self._contend()
            names = in_order(self._ensemble.children(self._folder), self._marker)
        leader = self._ensemble.get(f"{self._folder}/{names[0]}") if names else None
        return Standing(leader=leader, mine=bool(names) and names[0] == self._node, contenders=len(names))

    def _contend(self) -> str:
        self._unsure = True
        path = self._ensemble.create(f"{self._folder}/{self._prefix}", self._content, ephemeral=True, sequence=True)
        self._unsure = False
        return path.rpartition("/")[2]

    def _adopted(self, names: list[str]) -> str:
        """Our own node, where creating it seemed to fail: the connection can break after ZooKeeper has made it."""
        if not self._unsure:
            return ""
        ours = (name for name in names if name.startswith(self._prefix))
        return next((name for name in ours if self._ensemble.get(f"{self._folder}/{name}") == self._content), "")
