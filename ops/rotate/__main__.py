"""`make rotate KEY=...`: replace a secret of a running cluster, verify it, and refuse the old one."""

import click

from ops.remote.errors import OperatorError, complain
from ops.remote.stack import Stack
from ops.rotate.kinds import KINDS, OWN_PHASES
from ops.rotate.phases import PHASES, lines
from ops.rotate.rotation import Rotation


def _rotation(stack: str, key: str) -> Rotation:
    if key not in KINDS:
        raise OperatorError(f"KEY is {key or 'not set'}: use one of {', '.join(KINDS)}")
    return Rotation(Stack(stack), key, KINDS[key])


@click.command()
@click.argument("stack")
@click.argument("key")
def main(stack: str, key: str) -> None:
    """Rotate the secret KEY of the stack STACK; after an error or an interruption, the same command goes on."""
    try:
        for line in lines(_rotation(stack, key), OWN_PHASES.get(key, PHASES)):
            print(line, flush=True)
    except OperatorError as error:
        complain(error)


if __name__ == "__main__":
    main()
