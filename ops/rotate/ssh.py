"""The key that `up` logs in with: nodes accept the new one before anything uses it, and then refuse the old one.

Both keys are in the config key `rotation` from the first phase to the last. Nodes get the new key while
`sshPrivateKey` is the old one, and lose the old one once `sshPrivateKey` is the new one, so one always logs in.
"""

import asyncio
from collections.abc import Sequence

from infra.config import ssh_keys
from ops.init import ssh_key
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.login import LoginFiles
from ops.rotate import phases
from ops.rotate.rotation import MARKER, Cluster, Rotation

_REFUSED = "Permission denied"


def _keys(rotation: Rotation) -> tuple[str, str]:
    """The old and the new key. Raises OperatorError for a `rotation` that `make rotate` has not written."""
    keys = ssh_keys.rotating(f"{rotation.name} {rotation.old}")
    if len(keys) != 2:
        raise OperatorError(
            f"the config key {MARKER} does not have two keys: `./pulumiw config rm {MARKER} -s {rotation.stack.name}`"
        )
    return keys[0], keys[1]


def _is_new(rotation: Rotation) -> bool:
    """Whether the config's key is the new one already."""
    return ssh_keys.public_half(rotation.current) == ssh_keys.public_half(_keys(rotation)[1])


def keep_both(rotation: Rotation) -> Sequence[str]:
    if rotation.old:
        _keys(rotation)
        return ["a rotation was cut off: this one finishes it"]
    rotation.stack.nodes()
    phases.refuse_other_changes(rotation)
    rotation.stack.set_secret(MARKER, f"{rotation.name} {rotation.current}\n{ssh_key()}")
    return [f"the old key and a new one are in the config key {MARKER}, until the end"]


def let_new_in(rotation: Rotation) -> Sequence[str]:
    if _is_new(rotation):
        return ["the nodes accept the new key already"]
    phases.bring_up(rotation)
    nodes = rotation.stack.nodes()
    asyncio.run(_let_in(rotation, _keys(rotation)[1]))
    return [f"all {len(nodes)} nodes accept the new key beside the old one"]


async def _let_in(rotation: Rotation, key: str) -> None:
    connections = NodeConnections(rotation.stack.nodes(), key)
    try:
        for name in connections.nodes:
            await connections.to(name)
    finally:
        connections.close()


def use_new(rotation: Rotation) -> Sequence[str]:
    if not _is_new(rotation):
        rotation.stack.set_secret("sshPrivateKey", _keys(rotation)[1])
    return ["sshPrivateKey is the new key"]


def lock_old_out(rotation: Rotation) -> Sequence[str]:
    phases.bring_up(rotation)
    return ["`up` has used the new key and removed the old one"]


async def verify(cluster: Cluster) -> Sequence[str]:
    """Every node accepts the new key and refuses the old one."""
    old, _ = ssh_keys.rotating(f"{ssh_keys.ROTATION} {cluster.old}")
    for name in cluster.connections.nodes:
        await cluster.connections.to(name)
    others = NodeConnections(cluster.connections.nodes, old)
    try:
        for name in others.nodes:
            await _refused(others, name)
    finally:
        others.close()
    return [f"all {len(others.nodes)} nodes accept the new key and refuse the old one"]


async def _refused(connections: NodeConnections, name: str) -> None:
    try:
        await connections.to(name)
    except OperatorError as error:
        if _REFUSED not in str(error):
            raise
    else:
        raise OperatorError(f"{name} still accepts the old key")


def write_file(rotation: Rotation) -> Sequence[str]:
    files = LoginFiles(rotation.stack)
    files.key.unlink(missing_ok=True)
    files.write_key()
    return [f".keys/{rotation.stack.name} has the new key"]


PHASES: Sequence[phases.Phase] = (
    keep_both,
    let_new_in,
    use_new,
    lock_old_out,
    write_file,
    phases.verify,
    phases.forget_old,
)
