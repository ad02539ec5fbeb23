"""Consul's snapshot: its keys, its access control and its catalog; taken, and put into the same or a new cluster."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from infra.services.consul_access import DESCRIPTIONS
from ops.backup.content import Tokens
from ops.remote.errors import OperatorError
from ops.remote.waiting import Timeouts

_ALIVE = 1
_OF_DRAINS = ("apollo/drain/", "apollo/before/")
"""Where apollo-drain keeps which slaves are out of use: of a cluster at a time, and not data of its users."""
_POLICIES = {"management": "global-management", "agent": "apollo-agent"}


class Consul:
    """The API of one agent, by `http`."""

    def __init__(self, http: httpx.AsyncClient, timeouts: Timeouts) -> None:
        self._http, self._timeouts = http, timeouts

    async def snapshot(self, token: str) -> bytes:
        """Raises OperatorError if Consul does not accept the management token."""
        return (await self._call("GET", "snapshot", await self._accepted((token,)))).content

    async def restore(self, snapshot: bytes, then: Tokens, now: Tokens) -> list[str]:
        """Puts a snapshot in place of Consul's data, and lets the agents that run write and be listed again.

        `then` are the tokens of the snapshot and `now` those of the config, which are the valid ones afterwards. A
        restore that was cut off is finished by the next. Returns the nodes whose old entries were removed.
        """
        valid = await self._accepted((now.management, then.management))
        drained = await self._transact(valid, [{"Verb": "get-tree", "Key": folder} for folder in _OF_DRAINS])
        await self._call("PUT", "snapshot", valid, content=snapshot)
        await self._timeouts.until(
            lambda: self._accepts(then.management), bool, "Consul to use the snapshot", seconds=self._timeouts.listed
        )
        await self._tokens(then, now)
        emptied = [{"Verb": "delete-tree", "Key": folder} for folder in _OF_DRAINS]
        kept = [{"Verb": "set", "Key": each["Key"], "Value": each["Value"]} for each in drained]
        await self._transact(now.management, [*emptied, *kept])
        return await self._nodes(now.management)

    async def _transact(self, token: str, operations: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """All operations on keys, or none of them; the keys that they read, with their values in base64."""
        answer = await self._call("PUT", "txn", token, json=[{"KV": each} for each in operations])
        return [result["KV"] for result in answer.json()["Results"] or []]

    async def _accepted(self, tokens: Iterable[str]) -> str:
        for token in tokens:
            if await self._accepts(token):
                return token
        raise OperatorError("Consul does not accept consulManagementToken: `make up` first")

    async def _accepts(self, token: str) -> bool:
        answer = await self._http.get("/v1/acl/token/self", headers=_header(token))
        if answer.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            return False
        return bool(answer.raise_for_status().is_success)

    async def _tokens(self, then: Tokens, now: Tokens) -> None:
        """Makes those of `now` with those of `then`, the management token first; then removes the others."""
        for kind, old, new in (
            ("management", then.management, now.management),
            ("agent", now.management, now.agent),
        ):
            if not await self._accepts(new):
                body = {
                    "SecretID": new,
                    "Description": DESCRIPTIONS[kind],
                    "Policies": [{"Name": _POLICIES[kind]}],
                }
                await self._call("PUT", "acl/token", old, json=body)
        gone = {then.management, then.agent} - {now.management, now.agent}
        for token in (await self._call("GET", "acl/tokens", now.management)).json():
            if token["SecretID"] in gone:
                await self._call("DELETE", f"acl/token/{token['AccessorID']}", now.management)

    async def _nodes(self, token: str) -> list[str]:
        """Removes the catalog's nodes that are not members of this cluster, and waits for those that are.

        A new cluster has nodes of the same names with other ids, and Consul keeps a name for the id that has it.
        """
        members = await self._members(token)
        stale = [name for name, id in (await self._catalog(token)).items() if members.get(name) != id]
        for name in stale:
            await self._call("PUT", "catalog/deregister", token, json={"Node": name})
        await self._timeouts.until(
            lambda: self._catalog(token),
            lambda listed: members.items() <= listed.items(),
            "every node in Consul's catalog",
            seconds=self._timeouts.known,
            describe=lambda listed: f"not {', '.join(sorted(dict(members.items() - listed.items())))}",
            remedy="`docker logs consul` on that node has the reason",
        )
        return sorted(stale)

    async def _members(self, token: str) -> dict[str, str]:
        """The ids of the agents that answer, by name."""
        members = (await self._call("GET", "agent/members", token)).json()
        return {member["Name"]: member["Tags"]["id"] for member in members if member["Status"] == _ALIVE}

    async def _catalog(self, token: str) -> dict[str, str]:
        """The ids of the nodes in the catalog, by name."""
        return {node["Node"]: node["ID"] for node in (await self._call("GET", "catalog/nodes", token)).json()}

    async def _call(self, method: str, path: str, token: str, **words: Any) -> httpx.Response:
        answer = await self._http.request(method, f"/v1/{path}", headers=_header(token), **words)
        if not answer.is_success:
            raise OperatorError(f"Consul refuses {method} /v1/{path}: {answer.status_code} {answer.text.strip()}")
        return answer


def _header(token: str) -> Mapping[str, str]:
    return {"X-Consul-Token": token}
