"""The stand-in for Marathon."""


def main() -> int:
    """Runs until it is stopped. Returns the exit status."""
    from sandbox.standins.marathon.run import run

    return run()
