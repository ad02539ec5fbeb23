"""The sandbox's own calls, beside those of AWS: list the hosts or the used permissions, cut a host's power, stop."""

import json
from collections.abc import Callable, Iterable

from werkzeug.wrappers import Response

from sandbox.cloud.reconcile import Reconciler

PREFIX = "/sandbox/"


def control(
    method: str, path: str, reconciler: Reconciler, stop: Callable[[], None], used: Iterable[str]
) -> Response:
    """GET /sandbox/hosts, /sandbox/actions (those of `used`, the IAM actions of requests that were allowed).

    POST /sandbox/kill/NAME, /sandbox/reboot/NAME, /sandbox/stop. Answers in JSON.
    """
    verb, _, name = path.removeprefix(PREFIX).partition("/")
    if (method, verb) == ("GET", "actions"):
        return _json(sorted(used))
    if (method, verb) == ("GET", "hosts"):
        return _json(host_rows(reconciler))
    if (method, verb) == ("POST", "stop"):
        stop()
        return _json({})
    if method == "POST" and verb in ("kill", "reboot"):
        keeper = reconciler.named(name)
        if not keeper:
            return _json({"error": f"no host is called {name}"}, 404)
        if verb == "kill":
            keeper.cut()
        else:
            keeper.reboot()
        return _json({})
    return _json({"error": f"the sandbox has no call {method} {path}"}, 404)


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


def _json(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, mimetype="application/json")
