"""The app: holds what probes reported in the last 15 seconds, and shows it."""

import html
import threading
import time
from collections.abc import Callable
from typing import Any

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Answer, application, body, page

VERSION = "1.13.2-standin"
_WINDOW = 15.0  # seconds


class App:
    """`clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._reports: dict[str, tuple[float, Json]] = {}

    def pages(self) -> Any:
        """The application."""
        return application(
            {
                "POST /standin/report": self._take,
                "GET /": lambda: _page(self.reports()),
                "GET /api": lambda: {"id": "standin", "version": VERSION, "hostname": "", "plugins": []},
                "GET /api/topology/hosts": self._hosts,
                "GET /api/topology/containers": self._all_containers,
            }
        )

    def _take(self) -> None:
        report = body()
        with self._lock:
            self._reports[report["host"]] = (self._clock(), report)

    def _hosts(self) -> Json:
        return {"nodes": {f"{each['host']};<host>": _host(each) for each in self.reports()}}

    def _all_containers(self) -> Json:
        found = _containers(self.reports())
        return {"nodes": {f"{one['id']};<container>": _container(report, one) for report, one in found}}

    def reports(self) -> list[Json]:
        """By host name, the last of each that is not too old."""
        now = self._clock()
        with self._lock:
            self._reports = {host: pair for host, pair in self._reports.items() if now - pair[0] <= _WINDOW}
            return [self._reports[host][1] for host in sorted(self._reports)]


def _containers(reports: list[Json]) -> list[tuple[Json, Json]]:
    return [(report, container) for report in reports for container in report["containers"]]


def _host(report: Json) -> Json:
    return {"id": f"{report['host']};<host>", "label": report["host"]}


def _container(report: Json, container: Json) -> Json:
    return {"id": f"{container['id']};<container>", "label": container["name"], "labelMinor": report["host"]}


def _page(reports: list[Json]) -> Answer:
    rows = [
        "<tr>" + "".join(f"<td>{html.escape(text)}" for text in (r["host"], c["name"], c["image"], *c["addresses"]))
        for r, c in _containers(reports)
    ]
    hosts = "".join(f"<li>{html.escape(report['host'])}" for report in reports)
    return page(
        f"<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=5><title>Scope</title><h1>Scope</h1>"
        f"<p>This is {WHAT_IT_IS}: it lists hosts and containers, and draws nothing.<h2>Hosts</h2><ul>{hosts}</ul>"
        f"<h2>Containers</h2><table><tr><th>host<th>name<th>image<th>address{''.join(rows)}</table>"
    )
