"""The sandbox's own calls, beside those of AWS: what hosts there are, cut one's power, restart one, stop it all."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.cloud.reconcile import Reconciler

PREFIX = "/sandbox/"


def control(
    environ: dict[str, Any],
    start_response: Callable[..., Any],
    reconciler: Reconciler,
    stop: Callable[[], None],
) -> Iterable[bytes]:
    """GET /sandbox/hosts; POST /sandbox/kill/NAME, /sandbox/reboot/NAME, /sandbox/stop. Answers in JSON."""
    verb, _, name = environ["PATH_INFO"].removeprefix(PREFIX).partition("/")
    status, said = _answer(environ["REQUEST_METHOD"], verb, name, reconciler, stop)
    body = json.dumps(said).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _answer(
    method: str, verb: str, name: str, reconciler: Reconciler, stop: Callable[[], None]
) -> tuple[str, object]:
    if (method, verb) == ("GET", "hosts"):
        return "200 OK", host_rows(reconciler)
    if (method, verb) == ("POST", "stop"):
        stop()
        return "200 OK", {}
    if method == "POST" and verb in ("kill", "reboot"):
        keeper = reconciler.named(name)
        if not keeper:
            return "404 Not Found", {"error": f"no host is called {name}"}
        if verb == "kill":
            keeper.cut()
        else:
            keeper.reboot()
        return "200 OK", {}
    return "404 Not Found", {"error": "no such call"}


def host_rows(reconciler: Reconciler) -> list[dict[str, object]]:
    """Each host: name, instance (its id), address, netns, on (whether it has power), log (its console's file)."""
    with reconciler.lock:
        return [
            {
                "name": keeper.host.spec.name,
                "instance": instance_id,
                "address": str(keeper.host.spec.address),
                "netns": keeper.host.netns,
                "on": keeper.on,
                "log": str(keeper.host.log),
            }
            for instance_id, keeper in reconciler.keepers.items()
        ]
