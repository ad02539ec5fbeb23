"""Maintenance, as in Mesos: machines in the schedule get no new tasks, machines that are down run none."""

from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Refused


class Maintenance:
    """`saved` is what `content()` gave, for the next master."""

    def __init__(self, saved: Json | None = None) -> None:
        self.schedule: Json = (saved or {}).get("schedule", {})
        self.down: list[Json] = (saved or {}).get("down", [])

    def content(self) -> Json:
        return {"schedule": self.schedule, "down": self.down}

    def mode(self, info: Json) -> str:
        """UP, DRAINING or DOWN for an agent."""
        if any(_is(machine, info) for machine in self.down):
            return "DOWN"
        return "DRAINING" if any(_is(machine, info) for machine in self._scheduled()) else "UP"

    def plan(self, schedule: Json) -> None:
        """Replaces the schedule. Raises Refused."""
        if not isinstance(schedule, dict):
            raise Refused(400, "Failed to convert JSON into Protobuf: expected an object")
        for window in schedule.get("windows", []):
            if not window.get("machine_ids"):
                raise Refused(400, "List of machines is empty")
            if "start" not in window.get("unavailability", {}):
                raise Refused(400, "Missing 'unavailability.start' in a window")
        self.schedule = schedule
        if lost := [machine for machine in self.down if not any(_is(machine, m) for m in self._scheduled())]:
            raise Refused(400, f"Machine '{lost[0]}' is down and can't leave the schedule")

    def take_down(self, machines: list[Json]) -> None:
        """Raises Refused."""
        for machine in machines:
            if not any(_is(machine, other) for other in self._scheduled()):
                raise Refused(400, f"Machine '{machine}' is not part of a maintenance schedule")
        self.down += [machine for machine in machines if machine not in self.down]

    def bring_up(self, machines: list[Json]) -> None:
        """Raises Refused."""
        for machine in machines:
            if not any(_is(machine, other) for other in self.down):
                raise Refused(400, f"Machine '{machine}' is not in DOWN mode and cannot be brought up")
        self.down = [machine for machine in self.down if not any(_is(up, machine) for up in machines)]
        windows = [
            {**window, "machine_ids": left}
            for window in self.schedule.get("windows", [])
            if (left := [each for each in window["machine_ids"] if not any(_is(up, each) for up in machines)])
        ]
        self.schedule = {"windows": windows} if windows else {}

    def status(self) -> Json:
        draining = [m for m in self._scheduled() if not any(_is(m, other) for other in self.down)]
        return {"down_machines": self.down, "draining_machines": [{"id": machine} for machine in draining]}

    def _scheduled(self) -> list[Json]:
        return [machine for window in self.schedule.get("windows", []) for machine in window["machine_ids"]]


def _is(machine: Json, other: Json) -> bool:
    """Every field that `machine` has, `other` has too: a machine is named by host name, address, or both."""
    named = {name: machine[name] for name in ("hostname", "ip") if machine.get(name)}
    return bool(named) and all(other.get(name, value) == value for name, value in named.items())
