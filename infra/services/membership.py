"""Membership: in which order masters join, so that ZooKeeper and Mesos keep one majority at every moment."""

from collections.abc import Iterator, Mapping, Sequence

from infra.plan.roll import Roll
from infra.steps.step import Step

_SEVERAL = 3
"""A single master has no majority to keep: it restarts as a member, and the new ones wait for it."""

StepOf = tuple[str, str]
"""The names of a node and of a step of it."""


def waits(roll: Roll, steps: Mapping[str, Sequence[Step]]) -> dict[StepOf, tuple[StepOf, ...]]:
    """The steps of other masters that a step waits for in addition to the roll; empty unless masters join several.

    ZooKeeper: new members follow the old ensemble before an old one restarts with the longer list. Without them, an
    old member that restarted would find no majority of that list; and together with new members that follow nobody
    yet, it would be one, beside the majority of the shorter list.
    Mesos: the old masters get the larger quorum before new ones have a part of the log, because quorums of two sizes
    over more masters need not have a master in common (Mesos' operational guide).
    """
    old = roll.names("master")
    new = [master.name for master in roll.plan.masters if master.name not in old]
    if not new or len(old) < _SEVERAL:
        return {}
    return {step: found for step, found in _edges(old, new) if _made(step, steps)}


def _edges(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[StepOf, tuple[StepOf, ...]]]:
    for master in old:
        yield (master, "zookeeper"), tuple((joining, "zookeeper") for joining in new)
    for master in new:
        yield (master, "mesos-master"), ((old[-1], "gate"),)


def _made(step: StepOf, steps: Mapping[str, Sequence[Step]]) -> bool:
    node, name = step
    return any(each.name == name for each in steps[node])
