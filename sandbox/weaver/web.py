"""HTTP for the control API: h11 reads a request and writes the answer, one of each on a connection."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

import h11

_LONGEST_BODY = 1 << 20  # bytes
_TIME = 10.0  # seconds for a request to arrive


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Text, with its status."""

    status: HTTPStatus = HTTPStatus.OK
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """`form` holds query and body together."""

    method: str
    path: str
    form: dict[str, list[str]]

    @property
    def words(self) -> list[str]:
        """The path between its slashes."""
        return [unquote(word) for word in self.path.strip("/").split("/")]

    def value(self, key: str) -> str:
        """The first value of the form's `key`; empty where there is none."""
        return self.form.get(key, [""])[0]


async def serve(
    answer: Callable[[Request], Answer], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answers one request, and closes the connection."""
    connection = h11.Connection(h11.SERVER)
    try:
        try:
            found = answer(await asyncio.wait_for(_read(connection, reader), _TIME))
        except (h11.RemoteProtocolError, UnicodeDecodeError, TimeoutError) as error:
            found = Answer(status=HTTPStatus(getattr(error, "error_status_hint", HTTPStatus.BAD_REQUEST)))
        for event in _events(found):
            writer.write(connection.send(event) or b"")
        await writer.drain()
    except (OSError, h11.LocalProtocolError):
        pass  # the client has gone
    finally:
        writer.close()


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Request:
    """Raises RemoteProtocolError for what is not a request, or is too long."""
    head, body = None, b""
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(1 << 16))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        else:
            raise h11.RemoteProtocolError("the connection ended before its request")
        if len(body) > _LONGEST_BODY:
            raise h11.RemoteProtocolError("the body is too long", error_status_hint=413)
    if head is None:
        raise h11.RemoteProtocolError("a body without a request")
    url = urlsplit(head.target.decode())
    form = parse_qs(url.query)
    for key, values in parse_qs(body.decode()).items():
        form[key] = values + form.get(key, [])
    return Request(method=head.method.decode(), path=url.path, form=form)


def _events(answer: Answer) -> list[h11.Event]:
    body = answer.body.encode()
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), "Connection": "close"}
    head = h11.Response(status_code=answer.status, reason=answer.status.phrase, headers=list(headers.items()))
    return [head, h11.Data(data=body), h11.EndOfMessage()]
