"""`python -m sandbox.engine up|preview|refresh|destroy|config|stack|cancel`."""

from sandbox.engine.cli import Global, cli
from sandbox.engine.registry import sandbox_registry

__all__ = ["cli"]

if __name__ == "__main__":
    cli(obj=Global(registry=sandbox_registry()), prog_name="pulumi")
