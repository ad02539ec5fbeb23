"""The demonstration's app as Marathon runs it and Consul lists it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from ops.remote.waiting import Timeouts, UnmetError

_WHY_WAITING = "Marathon's and Mesos' pages tell what they wait for, and `make tunnel` opens them"
_WHY_UNLISTED = (
    "`sudo docker logs` of the instance on its node tells why it fails; of registrator, why it is not listed"
)


@dataclass(frozen=True, kw_only=True)
class App:
    """An app of Marathon by its id without the slash, which is its name in Consul too.

    `node_of` is the name of the node that has an address.
    """

    name: str
    marathon: httpx.AsyncClient
    consul: httpx.AsyncClient
    timeouts: Timeouts
    node_of: Callable[[str], str]

    async def create(self, definition: Mapping[str, Any]) -> None:
        self._taken(await self.marathon.post("/v2/apps", json=definition), "create")

    async def scale(self, instances: int) -> None:
        answer = await self.marathon.put(f"/v2/apps/{self.name}", json={"instances": instances})
        self._taken(answer, f"scale to {instances} instances")

    async def remove(self) -> bool:
        """Take it away, whatever is under way with it, and wait until it is gone; whether it was there."""
        answer = await self.marathon.delete(f"/v2/apps/{self.name}", params={"force": "true"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        self._taken(answer, "remove")
        # An app is off the list before its last instance has ended, and can't be created anew until then.
        await self.timeouts.until(
            self._deployments,
            lambda under_way: not under_way,
            f"{self.name} to go",
            seconds=self.timeouts.deployed,
            describe=lambda under_way: f"deployment {', '.join(under_way)} still under way",
            remedy=_WHY_WAITING,
        )
        return True

    def _taken(self, answer: httpx.Response, what: str) -> None:
        if not answer.is_success:
            raise UnmetError(f"Marathon to {what} {self.name}", f"{answer.status_code} {answer.text.strip()[:300]}")

    async def _deployments(self) -> list[str]:
        """The ids of the deployments of this app that are under way."""
        listed = (await self.marathon.get("/v2/deployments")).raise_for_status().json()
        return [each["id"] for each in listed if f"/{self.name}" in each.get("affectedApps", [])]

    async def deployed(self, instances: int) -> list[str]:
        """The nodes of the instances, once Marathon has no more to do; raises UnmetError as soon as one fails."""
        app = await self.timeouts.until(
            self._app,
            lambda app: (app["tasksRunning"], len(app["deployments"])) == (instances, 0),
            f"{instances} running instances and no deployment under way",
            seconds=self.timeouts.deployed,
            describe=lambda app: f"{app['tasksRunning']} and {len(app['deployments'])}",
            remedy=_WHY_WAITING,
        )
        return sorted(self.node_of(task["host"]) for task in app["tasks"] if task["state"] == "TASK_RUNNING")

    async def _app(self) -> Mapping[str, Any]:
        """What Marathon says of it, which would start an instance that fails again and again: one is enough here."""
        app: Mapping[str, Any] = (await self.marathon.get(f"/v2/apps/{self.name}")).raise_for_status().json()["app"]
        failure = app.get("lastTaskFailure")
        if failure and failure["version"] >= app["versionInfo"]["lastConfigChangeAt"]:
            raise self._failed(app["container"]["docker"]["image"], failure)
        return app

    def _failed(self, image: str, failure: Mapping[str, Any]) -> UnmetError:
        """What Marathon says of an instance that is no more."""
        node, state = self.node_of(failure["host"]), failure["state"]
        tries = f"`sudo docker run {image}` there tries it, and IMAGE=... takes another"
        return UnmetError(
            f"an instance of {image} to run on {node}",
            f"{state} ({failure['message'] or 'no reason given'})",
            tries if state in ("TASK_FAILED", "TASK_ERROR") else "`make status` tells of the node",
        )

    async def addresses(self, instances: int) -> list[str]:
        """ADDRESS:PORT of what Consul says is passing, once that is as many; raises UnmetError with what isn't."""
        found = await self.timeouts.until(
            self._listed,
            lambda entries: len(list(passing(entries))) == instances,
            f"{instances} passing instances of {self.name} in Consul",
            seconds=self.timeouts.listed,
            describe=lambda entries: "; ".join(map(condition, entries)) or "none at all",
            remedy=_WHY_UNLISTED,
        )
        return sorted(map(address, passing(found)))

    async def _listed(self) -> Sequence[Mapping[str, Any]]:
        answer = await self.consul.get(f"/v1/health/service/{self.name}")
        found: Sequence[Mapping[str, Any]] = answer.raise_for_status().json()
        return found


def address(entry: Mapping[str, Any]) -> str:
    """Of an entry of Consul's health API."""
    return f"{entry['Service']['Address']}:{entry['Service']['Port']}"


def passing(entries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in entries if all(check["Status"] == "passing" for check in entry["Checks"]))


def condition(entry: Mapping[str, Any]) -> str:
    """Where the instance is, and what a check that does not pass says of it."""
    where = f"{address(entry)} on {entry['Node']['Node']}"
    for check in entry["Checks"]:
        if check["Status"] != "passing":
            return f"{where} is {check['Status']} ({check['Output'].strip()[:200]})"
    return f"{where} is passing"
