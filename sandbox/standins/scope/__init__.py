"""The stand-in for Weave Scope."""


def main() -> int:
    """Runs until it is stopped. Returns the exit status."""
    from sandbox.standins.scope.run import run

    return run()
