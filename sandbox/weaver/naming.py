"""The part of the control API that gives names to containers, with weaver's paths and status codes."""

from http import HTTPStatus
from ipaddress import IPv4Address

from sandbox.weaver.names import Names, whole
from sandbox.weaver.topology import Name
from sandbox.weaver.web import Answer, Request


class Naming:
    """Answers PUT and DELETE of /name/CONTAINER/ADDRESS?fqdn=NAME."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def answer(self, request: Request) -> Answer:
        match (request.method, *request.words):
            case ("PUT" | "DELETE" as method, "name", container, address):
                try:
                    IPv4Address(address)
                except ValueError:
                    return Answer(status=HTTPStatus.BAD_REQUEST, body=f"invalid IP Address: {address}\n")
                name = Name(host=whole(request.value("fqdn")), container=container, address=address)
                (self._names.add if method == "PUT" else self._names.delete)(name)
                return Answer(status=HTTPStatus.NO_CONTENT)
        return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED)
