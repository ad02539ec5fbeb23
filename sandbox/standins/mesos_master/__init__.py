"""The stand-in for the Mesos master."""


def main() -> int:
    """Runs until it is stopped. Returns the exit status."""
    from sandbox.standins.mesos_master.run import run

    return run()
