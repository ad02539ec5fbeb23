"""python -m ops.recover STACK: what ./pulumiw runs before an `up` or a `destroy`."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from ops.recover import instances, key_pairs, lock
from ops.recover.access import Access
from ops.recover.instances import Instance
from ops.recover.state import State
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack


def main() -> None:
    try:
        recover(Stack(sys.argv[1]))
    except OperatorError as error:
        _print(str(error))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def recover(stack: Stack) -> None:
    """Does nothing while another process works on the stack. Raises OperatorError."""
    project = yaml.safe_load((stack.project / "Pulumi.yaml").read_text())["name"]
    name = stack.name.rpartition("/")[2]
    locks = lock.folder(project, name, stack.environ or os.environ)
    if (locks and not _released(stack, locks)) or (state := _state(stack)) is None:
        return
    if _without_lost(stack, state, {"project": project, "stack": name}, locks) and state.pending:
        _clear_pending(stack, state)


def _released(stack: Stack, locks: Path) -> bool:
    """Whether the stack is free, if need be after a lock was released whose process is gone."""
    held = lock.holders(locks)
    if not all(holder.is_gone for holder in held):
        return False  # the CLI names the holder
    for holder in held:
        _print(f"releasing the lock of an update that was killed ({holder})")
    if held:
        stack.pulumi("cancel", "--yes")
    return True


def _state(stack: Stack) -> State | None:
    exported = stack.pulumi("stack", "export", check=False)
    return State.of(exported.stdout) if exported.returncode == 0 else None


def _without_lost(stack: Stack, state: State, tags: Mapping[str, str], locks: Path | None) -> bool:
    """Remove instances and key pairs that are not in the state; whether there is none any more."""
    if not state.access.region:
        return True
    try:
        return _without_lost_instances(stack, state, tags, locks) and _without_lost_keys(state, tags, locks)
    except WaiterError as error:
        raise OperatorError(f"they are not terminated yet: {error}") from None
    except ClientError as error:
        raise OperatorError(f"what a killed `up` left on AWS was not looked for: {error}") from None
    except BotoCoreError:
        return False  # no credentials, or no way to AWS: the CLI says so in its own words


def _without_lost_instances(stack: Stack, state: State, tags: Mapping[str, str], locks: Path | None) -> bool:
    if not state.groups:
        return True
    launched = instances.launched(state.access, tags)
    if not instances.unknown(launched, state):
        return True
    if locks and lock.holders(locks):
        return False
    # Exported again: an `up` that ended a moment ago has saved what it launched.
    unknown = instances.unknown(launched, _state(stack) or state)
    return _terminated(unknown, state.access, alone=locks is not None)


def _without_lost_keys(state: State, tags: Mapping[str, str], locks: Path | None) -> bool:
    lost = key_pairs.unknown(state, tags)
    if lost and locks and lock.holders(locks):
        return False
    young = [] if locks else [one for one in lost if one.may_be_in_creation]
    for one in young:
        _print(
            f"the key pair {one.name} is not in the state, but an `up` elsewhere may be importing it. If not, run "
            f"this again {instances.CREATION.seconds // 60} minutes after its import, which deletes it"
        )
    old = [one for one in lost if one not in young]
    for one in old:
        _print(f"deleting the key pair {one.name}: a killed `up` imported it and did not save it")
    key_pairs.delete(state.access, old)
    return not young


def _terminated(unknown: Sequence[Instance], access: Access, *, alone: bool) -> bool:
    """`alone` says that no other process works on the stack; without that, what is young may be somebody's work."""
    young = [] if alone else [one for one in unknown if one.may_be_in_creation]
    old = [one for one in unknown if one not in young]
    for one in young:
        _print(
            f"{one.name}: {one.id} is not in the state, but an `up` elsewhere may be creating it. If not, run this "
            f"again {instances.CREATION.seconds // 60} minutes after its launch, which terminates it"
        )
    for one in old:
        _print(f"{one.name}: terminating {one.id} ({one.address}): a killed `up` launched it and did not save it")
    if old:
        instances.terminate(access, old)
    return not young


def _clear_pending(stack: Stack, state: State) -> None:
    """Make the CLI forget the operations that were cut off: it would warn of them at every `up` from now on."""
    for one in state.doubtful:
        _print(
            f"{one} may be on AWS without Pulumi's knowledge: a killed `up` was creating it. Delete it there if so"
        )
    if state.root:
        words = ("--clear-pending-creates", "--target", state.root, "--yes", "--skip-preview")
        stack.pulumi("refresh", *words, check=False)


def _print(line: str) -> None:
    print(f"pulumiw: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
