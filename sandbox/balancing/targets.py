"""A target group at work: its targets' health, which of them gets the next connection, and how they drain."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from sandbox.balancing.checks import Verdict, failure
from sandbox.balancing.flow import Ends, Flow, reset
from sandbox.balancing.spec import Health, Target, TargetGroup

log = logging.getLogger("balancing")


class Member:
    """A target in its group, from its registration until the deregistration delay has passed."""

    def __init__(self, target: Target, group: "Group") -> None:
        self.target, self.verdict, self.draining = target, Verdict(), False
        self.flows: set[Flow] = set()
        self._group = group
        self._task = asyncio.create_task(self._watch())

    def health(self) -> Health:
        state, reason, description = self.verdict.state, "", self.verdict.description
        if self.draining:
            state, description = "draining", "Target deregistration is in progress"
            reason = "Target.DeregistrationInProgress"
        elif state == "initial":
            reason, description = "Elb.InitialHealthChecking", "Initial health checks in progress"
        elif state == "unhealthy":
            reason = "Target.FailedHealthChecks"
        return Health(
            group=self._group.order.name,
            target=self.target.name,
            state=state,
            reason=reason,
            description=description,
        )

    async def carry(self, client: Ends) -> None:
        flow = Flow(client)
        self.flows.add(flow)
        try:
            await flow.run(str(self.target.address), self.target.port)
        finally:
            self.flows.discard(flow)

    def leave(self) -> None:
        """Begin to drain: connections stay, new ones go elsewhere, and after the delay the group drops it."""
        self.draining = True
        self._task.cancel()
        self._task = asyncio.create_task(self._drain())

    def end(self) -> None:
        """Stop whatever it is doing; its connections stay."""
        self._task.cancel()

    def reset(self) -> None:
        for flow in self.flows:
            flow.reset()

    async def _watch(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began, check = clock(), self._group.order.check
            if self.verdict.add(await failure(self.target, check), check):
                self._group.changed(self)
            await asyncio.sleep(max(0.0, began + check.interval - clock()))

    async def _drain(self) -> None:
        await asyncio.sleep(self._group.order.drain)
        self._group.dropped(self)


class Group:
    """`report` is called after every change of a target's health."""

    def __init__(self, order: TargetGroup, report: Callable[[], None]) -> None:
        self.order, self._report = order, report
        self.members: dict[str, Member] = {}
        self._leaving: list[Member] = []
        self._turn = 0
        self.follow(order)

    def follow(self, order: TargetGroup) -> None:
        """A target at another address or port is another target, and one that returns while it drains is new."""
        self.order = order
        wanted = {target.name: target for target in order.targets}
        for name, member in list(self.members.items()):
            if wanted.get(name) != member.target:
                self._leaving.append(self.members.pop(name))
                member.leave()
        for name, target in wanted.items():
            if name not in self.members:
                self.members[name] = Member(target, self)

    def end(self) -> None:
        for member in [*self.members.values(), *self._leaving]:
            member.end()

    def choose(self, zone: str) -> Member | None:
        """The target of the next connection to the address of `zone`: each healthy one in turn.

        Where all have failed their checks the group fails open, as on AWS: each of them in turn.
        """
        members = list(self.members.values())
        healthy = [member for member in members if member.verdict.state == "healthy"]
        able = healthy or [member for member in members if member.verdict.state == "unhealthy"]
        mine = [member for member in able if self.order.cross_zone or member.target.zone == zone]
        self._turn += 1
        return mine[self._turn % len(mine)] if mine else None

    async def accept(self, zone: str, client: Ends) -> None:
        if member := self.choose(zone):
            await member.carry(client)
        else:
            reset(client[1])

    def health(self) -> Iterator[Health]:
        for member in self.members.values():
            yield member.health()
        for member in self._leaving:
            if member.target.name not in self.members:
                yield member.health()

    def changed(self, member: Member) -> None:
        """A member's checks have changed its state, or why it is in it."""
        verdict = member.verdict
        log.info("%s %s: %s %s", self.order.name, member.target.name, verdict.state, verdict.description)
        others = any(each.verdict.state == "healthy" for each in self.members.values())
        if verdict.state == "unhealthy" and self.order.end_unhealthy and others:  # it fails open otherwise
            member.reset()
        self._report()

    def dropped(self, member: Member) -> None:
        """A member has drained."""
        log.info("%s %s: drained, %d connections left", self.order.name, member.target.name, len(member.flows))
        if self.order.end_drained:
            member.reset()
        self._leaving.remove(member)
        self._report()
