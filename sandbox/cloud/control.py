"""The sandbox's own calls, beside those of AWS: lists, settings, a host's power, the end."""

import json
from collections.abc import Callable, Iterable, Mapping

from werkzeug.wrappers import Response

from sandbox.cloud.adjustable import Adjustable, SettingError
from sandbox.cloud.certificate import import_certificate
from sandbox.cloud.reconcile import Reconciler
from sandbox.home import REGION

PREFIX = "/sandbox/"


def control(
    method: str,
    path: str,
    reconciler: Reconciler,
    stop: Callable[[], None],
    used: Iterable[str],
    settings: Mapping[str, Adjustable],
) -> Response:
    """GET /sandbox/hosts, /sandbox/actions (those of `used`, the IAM actions of requests that were allowed).

    POST /sandbox/certificate/DOMAIN, /sandbox/kill/NAME, /sandbox/reboot/NAME, /sandbox/stop;
    POST /sandbox/<settings>, /sandbox/<settings>/NAME=VALUE, which answers with all of those `settings`. Answers in
    JSON.
    """
    verb, _, name = path.removeprefix(PREFIX).partition("/")
    if method == "POST" and verb in settings:
        return _changed(settings[verb], name)
    if (method, verb) == ("GET", "actions"):
        return _json(sorted(used))
    if (method, verb) == ("GET", "hosts"):
        return _json(host_rows(reconciler))
    if (method, verb) == ("POST", "certificate"):
        with reconciler.lock:
            return _json(import_certificate(name, REGION))
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


def _changed(settings: Adjustable, setting: str) -> Response:
    try:
        if setting:
            settings.change(setting)
    except SettingError as error:
        return _json({"error": str(error)}, 400)
    return _json(settings.rows())


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
