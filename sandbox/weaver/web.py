"""HTTP as far as the control API needs it: a request read, an answer written."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

_LONGEST_BODY = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back; `kind` is the content type."""

    status: HTTPStatus = HTTPStatus.OK
    body: str = ""
    kind: str = "text/plain; charset=utf-8"

    def packed(self) -> bytes:
        body = self.body.encode()
        head = f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\nContent-Type: {self.kind}\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return head.encode() + body


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came; `form` holds query and body together."""

    method: str
    path: str
    form: dict[str, list[str]]
    accept: str = ""

    @property
    def words(self) -> list[str]:
        """The path between its slashes."""
        return [unquote(word) for word in self.path.strip("/").split("/")]

    def value(self, key: str) -> str:
        """The first value of the form's `key`; empty where there is none."""
        return self.form.get(key, [""])[0]


async def read(reader: asyncio.StreamReader) -> Request:
    """Raises ValueError, IndexError or EOFError for what is no request."""
    method, target, _version = (await reader.readline()).decode().split()
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).decode().strip()) and len(headers) < 100:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = min(int(headers.get("content-length", "0")), _LONGEST_BODY)
    if headers.get("expect", "").lower() == "100-continue":
        raise ValueError("no such large forms here")
    body = (await reader.readexactly(length)).decode()
    url = urlsplit(target)
    form = parse_qs(url.query)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        for key, values in parse_qs(body).items():
            form[key] = values + form.get(key, [])
    return Request(method=method, path=url.path, form=form, accept=headers.get("accept", ""))
