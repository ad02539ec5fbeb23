"""The part of the control API that tells the router names, with weaver's paths and status codes."""

import json
from http import HTTPStatus
from ipaddress import IPv4Address
from typing import ClassVar

from sandbox.weaver.names import whole
from sandbox.weaver.resolver import Resolver
from sandbox.weaver.topology import Name
from sandbox.weaver.web import Answer, Request


class Naming:
    """Answers requests on the names of `resolver`; PATHS are what their paths begin with."""

    PATHS: ClassVar = ("name", "domain", "dns-address", "dns-address-port")

    def __init__(self, resolver: Resolver) -> None:
        self._names = resolver.names
        self._address = resolver.address

    def answer(self, request: Request) -> Answer:
        match (request.method, *request.words):
            case ("GET", "domain"):
                return Answer(body=self._names.domain)
            case ("GET", "dns-address-port"):
                return Answer(body=self._address)
            case ("GET", "dns-address"):
                return Answer(body=self._address.rpartition(":")[0])
            case ("GET", "name") if request.accept == "application/json":
                return Answer(body=self._listed(), kind="application/json")
            case ("PUT", "name", container, address):
                return self._put(container, address, request.value("fqdn"))
            case ("DELETE", "name", *which) if len(which) <= 2:
                return self._delete(which, request.value("fqdn"))
        return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED)

    def _put(self, container: str, address: str, host: str) -> Answer:
        if wrong := _wrong(address):
            return wrong
        self._names.add(Name(host=whole(host), container=container, address=address))
        return Answer(status=HTTPStatus.NO_CONTENT)

    def _delete(self, which: list[str], host: str) -> Answer:
        """`which` is a container, and an address; what is not given is any."""
        if len(which) > 1 and (wrong := _wrong(which[1])):
            return wrong

        def applies(name: Name) -> bool:
            ours = [name.container, name.address][: len(which)] == which
            return ours and (not host or name.host == whole(host))

        self._names.delete(applies)
        return Answer(status=HTTPStatus.NO_CONTENT)

    def _listed(self) -> str:
        return json.dumps(
            [
                {
                    "ContainerID": entry.name.container,
                    "Origin": int(entry.origin.replace(":", ""), 16),
                    "Addr": entry.name.address,
                    "Hostname": entry.name.host,
                    "Version": 0,
                    "Tombstone": 0,
                }
                for entry in self._names.entries()
            ]
        )


def _wrong(address: str) -> Answer | None:
    try:
        IPv4Address(address)
    except ValueError:
        return Answer(status=HTTPStatus.BAD_REQUEST, body=f"invalid IP Address: {address}\n")
    return None
