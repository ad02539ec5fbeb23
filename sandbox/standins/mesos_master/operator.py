"""The operator API, of which this master knows one call."""

from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import JSON, Answer, Refused, Request
from sandbox.standins.mesos_master.led import Led
from sandbox.standins.mesos_master.master import Master


def operate(request: Request, master: Master, led: Led) -> Answer:
    """Answers POST /api/v1. Raises Refused."""
    kind = request.headers.get("content-type")
    if kind is None:
        raise Refused(400, "Expecting 'Content-Type' to be present")
    if kind != JSON:
        raise Refused(415, f"Expecting 'Content-Type' of {JSON}")
    call: Json = request.json()
    if call.get("type") != "MARK_AGENT_GONE":
        raise Refused(501, f"this stand-in does not know the call {call.get('type')}")
    try:
        id = str(call["mark_agent_gone"]["agent_id"]["value"])
    except (KeyError, TypeError):
        raise Refused(400, "Expecting 'mark_agent_gone' with an 'agent_id' to be present") from None
    master.mark_gone(id, led)
    return Answer()
