"""The phases of a rotation, in their order; each returns what it did, in sentences."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from ops.remote.errors import OperatorError
from ops.rotate.rotation import MARKER, Rotation

Phase = Callable[[Rotation], Sequence[str]]


def keep_old(rotation: Rotation) -> Sequence[str]:
    """Only on a cluster that is as its config says: `up` would change everything else too."""
    stack, kind = rotation.stack, rotation.kind
    if rotation.old:
        return ["a rotation was cut off: this one finishes it"]
    if kind.needs and kind.needs not in (stack.output("services") or ()):
        raise OperatorError(f"the stack {stack.name} does not run {kind.needs}, the only service with {kind.config}")
    stack.nodes()
    refuse_other_changes(rotation)
    asyncio.run(rotation.on_nodes(kind.check))
    stack.set_secret(MARKER, f"{rotation.name} {rotation.current}")
    return [f"the old value is kept as the config key {MARKER}, until the end"]


def refuse_other_changes(rotation: Rotation) -> None:
    stack = rotation.stack
    done = stack.pulumi("preview", "--expect-no-changes", check=False)
    if done.returncode != 0:
        shown = (done.stderr or done.stdout).strip().splitlines()
        raise OperatorError(
            "\n".join(
                (
                    *shown[-5:],
                    f"the stack {stack.name} has changes that are not up yet, or cannot be previewed: "
                    f"`make preview STACK={stack.name}` shows which, `make up STACK={stack.name}` first",
                )
            )
        )


def make_new(rotation: Rotation) -> Sequence[str]:
    if rotation.current != rotation.old:
        return [f"{rotation.kind.config} has its new value already"]
    rotation.stack.set_secret(rotation.kind.config, rotation.kind.generate())
    return [f"{rotation.kind.config} has a new value in the stack's config"]


def bring_up(rotation: Rotation) -> Sequence[str]:
    if rotation.stack.up() != 0:
        raise OperatorError(
            f"`up` failed, see above: remove the cause, then `make rotate KEY={rotation.name} "
            f"STACK={rotation.stack.name}` goes on from here"
        )
    return ["`up` has changed every node"]


def verify(rotation: Rotation) -> Sequence[str]:
    return asyncio.run(rotation.on_nodes(rotation.kind.verify))


def forget_old(rotation: Rotation) -> Sequence[str]:
    rotation.stack.pulumi("config", "rm", MARKER)
    return [f"the config key {MARKER} is removed; commit Pulumi.{rotation.stack.name}.yaml"]


PHASES: Sequence[Phase] = (keep_old, make_new, bring_up, verify, forget_old)


def lines(rotation: Rotation, phases: Sequence[Phase] = PHASES) -> Iterable[str]:
    """Run the phases; yields each sentence when its phase has ended. Raises OperatorError."""
    for number, phase in enumerate(phases, 1):
        for sentence in phase(rotation):
            yield f"{rotation.name} {number}/{len(phases)}: {sentence}"
