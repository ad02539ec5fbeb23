"""The demonstration's app, in Marathon and in Consul."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from ops.remote.waiting import Timeouts, UnmetError

_WHERE_DEPLOYMENTS_WAIT = "the pages of Marathon and Mesos show what it waits for, and `make tunnel` opens them"
_WHERE_CHECKS_FAIL = (
    "on its node, `sudo docker logs` of the instance shows why it fails, and `sudo docker logs registrator` why it "
    "is not listed"
)


@dataclass(frozen=True, kw_only=True)
class App:
    """An app by its Marathon id without the slash, which is also its name in Consul.

    `node_of` returns the name of the node that has an address.
    """

    name: str
    marathon: httpx.AsyncClient
    consul: httpx.AsyncClient
    timeouts: Timeouts
    node_of: Callable[[str], str]

    async def create(self, definition: Mapping[str, Any]) -> None:
        self._expect_success(await self.marathon.post("/v2/apps", json=definition), "create")

    async def scale(self, instances: int) -> None:
        answer = await self.marathon.put(f"/v2/apps/{self.name}", json={"instances": instances})
        self._expect_success(answer, f"scale to {instances} instances")

    async def remove(self) -> bool:
        """Remove the app, even during a deployment, and wait until it is gone; returns whether it existed."""
        answer = await self.marathon.delete(f"/v2/apps/{self.name}", params={"force": "true"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        self._expect_success(answer, "remove")
        # Marathon stops listing an app before its last instance has ended, and refuses to create it again until then.
        await self.timeouts.until(
            self._deployments,
            lambda deployments: not deployments,
            f"{self.name} to be removed",
            seconds=self.timeouts.deployed,
            describe=lambda deployments: f"deployment {', '.join(deployments)} still running",
            remedy=_WHERE_DEPLOYMENTS_WAIT,
        )
        return True

    def _expect_success(self, answer: httpx.Response, action: str) -> None:
        if not answer.is_success:
            raise UnmetError(f"Marathon to {action} {self.name}", f"{answer.status_code} {answer.text.strip()[:300]}")

    async def _deployments(self) -> list[str]:
        """The ids of this app's running deployments."""
        listed = (await self.marathon.get("/v2/deployments")).raise_for_status().json()
        return [each["id"] for each in listed if f"/{self.name}" in each.get("affectedApps", [])]

    async def deployed(self, instances: int) -> list[str]:
        """The nodes of the instances, once no deployment is running; raises UnmetError once an instance fails."""
        app = await self.timeouts.until(
            self._app,
            lambda app: (app["tasksRunning"], len(app["deployments"])) == (instances, 0),
            f"{instances} running instances and no deployment",
            seconds=self.timeouts.deployed,
            describe=lambda app: f"{app['tasksRunning']} and {len(app['deployments'])}",
            remedy=_WHERE_DEPLOYMENTS_WAIT,
        )
        return sorted(self.node_of(task["host"]) for task in app["tasks"] if task["state"] == "TASK_RUNNING")

    async def _app(self) -> Mapping[str, Any]:
        """The app in Marathon; raises UnmetError at its first failed instance, which Marathon would start again."""
        app: Mapping[str, Any] = (await self.marathon.get(f"/v2/apps/{self.name}")).raise_for_status().json()["app"]
        failure = app.get("lastTaskFailure")
        if failure and failure["version"] >= app["versionInfo"]["lastConfigChangeAt"]:
            raise self._failed(app["container"]["docker"]["image"], failure)
        return app

    def _failed(self, image: str, failure: Mapping[str, Any]) -> UnmetError:
        node, state = self.node_of(failure["host"]), failure["state"]
        try_it = f"`sudo docker run {image}` there shows why, and IMAGE=... takes another image"
        return UnmetError(
            f"an instance of {image} to run on {node}",
            f"{state} ({failure['message'] or 'no reason given'})",
            try_it if state in ("TASK_FAILED", "TASK_ERROR") else "`make status` reports on the node",
        )

    async def addresses(self, instances: int) -> list[str]:
        """ADDRESS:PORT of the passing instances in Consul, once they are as many; raises UnmetError."""
        entries = await self.timeouts.until(
            self._listed,
            lambda entries: len(list(passing(entries))) == instances,
            f"{instances} passing instances of {self.name} in Consul",
            seconds=self.timeouts.listed,
            describe=lambda entries: "; ".join(map(condition, entries)) or "none",
            remedy=_WHERE_CHECKS_FAIL,
        )
        return sorted(map(address, passing(entries)))

    async def _listed(self) -> Sequence[Mapping[str, Any]]:
        answer = await self.consul.get(f"/v1/health/service/{self.name}")
        entries: Sequence[Mapping[str, Any]] = answer.raise_for_status().json()
        return entries


def address(entry: Mapping[str, Any]) -> str:
    """ADDRESS:PORT of an entry of Consul's health API."""
    return f"{entry['Service']['Address']}:{entry['Service']['Port']}"


def passing(entries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in entries if all(check["Status"] == "passing" for check in entry["Checks"]))


def condition(entry: Mapping[str, Any]) -> str:
    """The address and node of the instance, and the output of its first check that does not pass."""
    where = f"{address(entry)} on {entry['Node']['Node']}"
    for check in entry["Checks"]:
        if check["Status"] != "passing":
            return f"{where} is {check['Status']} ({check['Output'].strip()[:200]})"
    return f"{where} is passing"
