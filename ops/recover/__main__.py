"""python -m ops.recover STACK: what ./pulumiw runs before an `up` or a `destroy`."""

import os
import sys
from pathlib import Path

import yaml
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from ops.recover import instances, lock
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
    if locks and not _released(stack, locks):
        return
    if (state := _state(stack)) is None:
        return
    try:
        launched = instances.launched(state.region, {"project": project, "stack": name})
        if not instances.unknown(launched, state) or (locks and lock.holders(locks)):
            return
        # Exported again: an `up` that ended a moment ago has saved what it launched.
        state = _state(stack) or state
        _end(instances.unknown(launched, state), state.region, alone=locks is not None)
    except WaiterError as error:
        raise OperatorError(f"they are not terminated yet: {error}") from None
    except ClientError as error:
        raise OperatorError(f"instances that a killed `up` left were not looked for: {error}") from None
    except BotoCoreError:
        return  # no credentials, or no way to AWS: the CLI says so in its own words


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


def _state(stack: Stack) -> instances.State | None:
    exported = stack.pulumi("stack", "export", check=False)
    return instances.State.of(exported.stdout) if exported.returncode == 0 else None


def _end(unknown: list[instances.Instance], region: str, *, alone: bool) -> None:
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
        instances.terminate(region, old)


def _print(line: str) -> None:
    print(f"pulumiw: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
