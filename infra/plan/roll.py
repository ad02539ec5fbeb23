"""Roll: the order in which nodes that exist take changes, and the changes that no order makes safe."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import pairwise

from infra.config import bounds
from infra.config.settings import Settings, SettingsError
from infra.plan.plan import Node, Plan, Role

_ENSEMBLES = ("consul", "zookeeper")
"""Services of the masters that are healthy only when a majority of them runs."""


def routers(settings: Settings) -> dict[str, str]:
    """By config key, what all routers must have in common to be connected; for a secret, its SHA-256.

    The digest of a password can be guessed from, so this goes into secret outputs alone.
    """
    password = settings.weave_password.get_secret_value().encode()
    return {"weavePassword": hashlib.sha256(password).hexdigest(), "weaveMtu": str(settings.weave_mtu)}


@dataclass(frozen=True, kw_only=True)
class Made:
    """What an existing node was last made with; what is missing is unknown, and counts as unchanged.

    `address` is the node's private address; `machine` is a digest of all that replaces or stops its instance;
    `routers` is as above; `services` are those that ran when the gate of the node last passed, None before it ever
    did; `drained` has digests of what its drains were for.
    """

    address: str = ""
    machine: str = ""
    routers: Mapping[str, str] = field(default_factory=dict)
    services: Sequence[str] | None = None
    drained: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Roll:
    """`existing` are the nodes that the last `up` left, by name; nodes that are leaving are among them.

    A node whose gate has never passed is new as long as it has not: it may need the others to get there.
    """

    plan: Plan
    existing: Mapping[str, Made]

    @classmethod
    def of(cls, plan: Plan, existing: Mapping[str, Made]) -> "Roll":
        """Raises SettingsError for a change that loses the majority of the masters, or moves a node."""
        roll = cls(plan=plan, existing=existing)
        if problem := roll._move() or roll._majority():
            raise SettingsError(problem)
        return roll

    def waits(self) -> dict[str, tuple[str, ...]]:
        """For each node, the names of the nodes whose gates it waits for: none for a node that does not exist yet.

        Masters change one by one, unless they have to change at once, then slaves, of which maxUnavailable change at
        once. A slave names as many slaves as it has to, so that none changes after one has failed.
        """
        masters, slaves = self.names("master"), self.names("slave")
        most, at_once = self.plan.settings.max_unavailable, self.shrinks or self.starts
        found: dict[str, tuple[str, ...]] = {node.name: () for node in self.plan.nodes}
        if not at_once:
            found |= {later: (earlier,) for earlier, later in pairwise(masters)}
        for place, slave in enumerate(slaves):
            last = place - most + 1
            found[slave] = slaves[max(0, last - most) : last] if last > 0 else masters[0 if at_once else -1 :]
        return found

    @property
    def shrinks(self) -> bool:
        """Whether masters leave. The others then change at once.

        Those with the shorter list of members and those with the longer one could each be a majority of their own
        list, with a leader of their own.
        """
        planned = {master.name for master in self.plan.masters}
        return any(name.startswith("master-") and name not in planned for name in self.existing)

    @property
    def starts(self) -> tuple[str, ...]:
        """Services that a master has not run yet and whose members need each other: masters then change at once."""
        before = [self.existing[name].services or () for name in self.names("master")]
        planned = self.plan.settings.services
        return tuple(name for name in _ENSEMBLES if name in planned and any(name not in ran for ran in before))

    @property
    def together(self) -> tuple[str, ...]:
        """The config keys that change for all routers at once."""
        wanted = routers(self.plan.settings)
        return tuple(
            key
            for key, value in wanted.items()
            if any(made.routers.get(key, value) != value for made in self.existing.values())
        )

    def changes_machine(self, node: Node, machine: str) -> bool:
        """Whether the instance of this node exists and is replaced or stopped."""
        return node.name in self.existing and self.existing[node.name].machine != machine

    def notes(self) -> Iterator[str]:
        """What a preview shows of the order, one sentence each; nothing before nodes exist."""
        masters, slaves = self.names("master"), self.names("slave")
        most = self.plan.settings.max_unavailable
        order = [", ".join(names) for names in (masters, slaves) if names]
        at_once = f", {most} at a time" if most > 1 and len(slaves) > 1 else ""
        if len(masters + slaves) > 1:
            yield f"changes to nodes that exist roll: {', then '.join(order)}{at_once}"
        if self.shrinks:
            yield "masters leave: the services of all other masters restart at once, and elect new leaders"
        if self.starts and len(masters) > 1:
            added = " and ".join(self.starts)
            yield f"services adds {added}: all masters change at once, as its members need each other"
        for key in self.together:
            docker = ", and docker restarts in the order of the roll" if key == "weaveMtu" else ""
            yield (
                f"{key} changes: every router restarts at once; containers on different nodes are disconnected "
                f"for some seconds{docker}"
            )

    def names(self, role: Role) -> tuple[str, ...]:
        """Of the planned nodes that exist and have been up, in their order."""
        nodes = self.plan.masters if role == "master" else self.plan.slaves
        return tuple(node.name for node in nodes if self.existing.get(node.name, Made()).services is not None)

    def _majority(self) -> str:
        """What is wrong with a change of masterCount; empty when each step of the roll keeps a majority."""
        counts = bounds.MASTER_COUNTS
        before, after = sum(name.startswith("master-") for name in self.existing), len(self.plan.masters)
        if before == 1 < after and self.plan.settings.runs("mesos"):
            return (
                f"masterCount is {after} and one master runs: Mesos cannot add masters to a single one without "
                "losing its registry of agents; keep masterCount 1, or launch another cluster with 3 masters"
            )
        if before not in counts or abs(counts.index(after) - counts.index(before)) <= 1:
            return ""
        near = counts[counts.index(before) + (1 if after > before else -1)]
        return (
            f"masterCount is {after} and {before} masters run: two more or two fewer at once keep a majority, "
            f"others do not; set it to {near}, run `up`, and go on from there"
        )

    def _move(self) -> str:
        """Which node would get another address, and what to do; empty if all keep theirs."""
        for node in self.plan.nodes:
            before = self.existing.get(node.name, Made()).address
            if before and before != str(node.private_address):
                break
        else:
            return ""
        listed = bool(self.plan.settings.vpc_id)
        inside = listed or ip_address(before) in self.plan.settings.vpc_cidr
        key = "zones or subnetCidrs" if listed else "zones" if inside else "vpcCidr"
        moves = (
            f"{key} moves {node.name} from {before} to {node.private_address}, and the "
            "other nodes' files name its address, so it could not be replaced without being lost for them: "
        )
        if inside and node.role == "slave":
            return moves + (
                f"set {key} back, add {node.ordinal} to retiredSlaves and run `up`; then change {key}, remove "
                f"{node.ordinal} from retiredSlaves, and run `up` again"
            )
        return moves + "set it back, and launch another stack with the new value"
