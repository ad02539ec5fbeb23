"""The maintenance schedule: one for all machines; the host name and the address of its agent name each of them."""

from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Refused


def checked(schedule: Json) -> Json:
    """The schedule as Mesos keeps it. Raises Refused (400: it is none)."""
    try:
        windows = [
            {"machine_ids": _machines(window), "unavailability": _times(window)} for window in schedule["windows"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(400, f"Failed to parse the schedule: {error!r}") from None
    listed = [(each["hostname"], each["ip"]) for window in schedule["windows"] for each in window["machine_ids"]]
    if len(listed) != len(set(listed)):
        raise Refused(400, "Machine IDs must appear only once")
    return {"windows": windows} if windows else {}


def _machines(window: Json) -> list[Json]:
    return [{name: str(machine[name]) for name in ("hostname", "ip")} for machine in window["machine_ids"]]


def _times(window: Json) -> Json:
    given = window["unavailability"]
    names = ("start", "duration") if "duration" in given else ("start",)
    return {name: {"nanoseconds": int(given[name]["nanoseconds"])} for name in names}


def under_way(schedule: Json, hostname: str, ip: str, now: float) -> bool:
    """Whether a window of this machine is open at `now`, in seconds of the epoch; one without a duration stays so."""
    for window in schedule.get("windows", []):
        if {"hostname": hostname, "ip": ip} in window["machine_ids"]:
            start = window["unavailability"]["start"]["nanoseconds"] / 1e9
            length = window["unavailability"].get("duration")
            return bool(start <= now and (length is None or now < start + length["nanoseconds"] / 1e9))
    return False
