"""The Pulumi CLI, built from its Go module: for a machine that reaches a module proxy and not Pulumi's installer."""

from pathlib import Path

from sandbox.cli.find import Say, pinned
from sandbox.home import Home
from sandbox.images.golang import Program, workshop

_VERSION = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
PROGRAM = Program(
    name="pulumi",
    recipe=Path(__file__).parent / "module",
    path="cmd/pulumi",
    ldflags=f"-X {_VERSION}=v{pinned()}",
)


def build(home: Home, folder: Path, say: Say) -> Path:
    """Have the CLI in `folder`/bin; returns the executable. Raises BuildError."""
    program = folder / "bin/pulumi"
    with workshop(home, say) as go:
        if not program.exists():  # a build that this one waited for may have made it
            go.build(PROGRAM, program)
    return program
