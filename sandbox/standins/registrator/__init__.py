"""The stand-in for registrator."""


def main() -> int:
    """Runs until it is stopped. Returns the exit status."""
    from sandbox.standins.registrator.run import run

    return run()
