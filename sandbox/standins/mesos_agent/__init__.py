"""The stand-in for the Mesos agent."""


def main() -> int:
    """Runs until it is stopped. Returns the exit status."""
    from sandbox.standins.mesos_agent.run import run

    return run()
