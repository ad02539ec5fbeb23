"""A resource's `connection`: where to log in, as which user, and how long to keep trying."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sandbox.providers.failure import ProviderError

if TYPE_CHECKING:
    import asyncssh

_FIRST_PAUSE = 0.1  # seconds; then half as long again each time, up to _LONGEST_PAUSE
_LONGEST_PAUSE = 5.0
# The real plugin bounds only the TCP connect and hangs on a server that accepts and stays silent.
_LOGIN_TIMEOUT = 60.0
_KEEPALIVE = 15.0  # seconds, three times: a host that died under a command ends it within a minute


@dataclass(frozen=True, kw_only=True)
class Connection:
    """The `connection` input, defaults filled in; times in seconds, a negative limit means no limit."""

    host: str
    port: int
    user: str
    dial_error_limit: int
    per_dial_timeout: float
    private_key: str | None = None
    host_key: str | None = None
    proxy: "Connection | None" = None

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> "Connection":
        """From the plain `connection` input, as checked."""
        proxy = inputs.get("proxy")
        return cls(
            host=inputs["host"],
            port=int(inputs["port"]),
            user=inputs["user"],
            dial_error_limit=int(inputs["dialErrorLimit"]),
            per_dial_timeout=float(inputs["perDialTimeout"]),
            private_key=inputs.get("privateKey"),
            host_key=inputs.get("hostKey"),
            proxy=cls.of(proxy) if proxy else None,
        )


@asynccontextmanager
async def dial(connection: Connection) -> AsyncIterator["asyncssh.SSHClientConnection"]:
    """An open SSH connection, closed at the end; ProviderError when the limit of failed attempts is passed.

    Behind a proxy each attempt opens a new channel through it, so that a host which is still booting
    may drop one.
    """
    import asyncssh  # half a second that a preview need not pay

    options = _options(asyncssh, connection)
    if connection.proxy is None:
        async with await _retried(connection, lambda: _connect(asyncssh, connection, options)) as client:
            yield client
        return
    async with dial(connection.proxy) as tunnel:
        through = {**options, "tunnel": tunnel}
        async with await _retried(connection, lambda: _connect(asyncssh, connection, through)) as client:
            yield client


async def _connect(
    library: Any, connection: Connection, options: Mapping[str, Any]
) -> "asyncssh.SSHClientConnection":
    if "tunnel" in options:
        client = await library.connect(connection.host, connection.port, config=None, **options)
    else:
        client = await library.connect(connection.host, config=None, sock=await _tcp(connection), **options)
    return cast("asyncssh.SSHClientConnection", client)


async def _tcp(connection: Connection) -> socket.socket:
    """A TCP connection, which is all that `perDialTimeout` bounds: a busy host may take longer for the rest."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    opened = socket.socket(family, kind, protocol)
    opened.setblocking(False)
    try:
        async with asyncio.timeout(connection.per_dial_timeout or None):
            await loop.sock_connect(opened, address)
    except BaseException:
        opened.close()
        raise
    return opened


def _options(library: Any, connection: Connection) -> dict[str, Any]:
    """The arguments of asyncssh.connect; a malformed key is an error now, not after the last attempt."""
    options: dict[str, Any] = {
        "username": connection.user,
        "known_hosts": None,
        "agent_path": None,
        "client_keys": None,
        "login_timeout": _LOGIN_TIMEOUT,
        "keepalive_interval": _KEEPALIVE,
    }
    try:
        if connection.private_key is not None:
            key = library.import_private_key(connection.private_key)
            options["client_keys"] = [key]
        if connection.host_key is not None:
            pinned = library.import_public_key(connection.host_key)
            options["known_hosts"] = ([pinned], [], [])
            options["server_host_key_algs"] = [name.decode() for name in pinned.sig_algorithms]
    except (library.KeyImportError, library.KeyEncryptionError) as error:
        raise ProviderError(f"connection to {connection.host}: {_without_full_stop(error)}") from error
    return options


async def _retried(
    connection: Connection, connect: Callable[[], Awaitable["asyncssh.SSHClientConnection"]]
) -> "asyncssh.SSHClientConnection":
    import asyncssh

    pause, failures = _FIRST_PAUSE, 0
    while True:
        try:
            return await connect()
        except (OSError, asyncssh.Error, TimeoutError) as error:
            failures += 1
            if 0 <= connection.dial_error_limit < failures:
                where = f"{connection.host}:{connection.port}"
                raise ProviderError(
                    f"no SSH connection to {where} after {failures} attempts: {_without_full_stop(error)}"
                ) from error
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _without_full_stop(error: BaseException) -> str:
    return (str(error) or type(error).__name__).rstrip(".")
