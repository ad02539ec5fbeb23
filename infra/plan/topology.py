"""Topology: what a running cluster can't change about its network."""

from infra.config.settings import Settings, SettingsError

FIRST = "public"
"""That of a cluster whose outputs do not name any: of the versions that had no other."""


def check(settings: Settings, last: str) -> None:
    """Raises SettingsError with the remedy. `last` is the topology of the running cluster; empty where none runs."""
    if last and last != settings.topology:
        raise SettingsError(
            f"topology is {settings.topology}, and the cluster that runs is {last}: a change would replace every "
            f"node and the network between them at once. Set topology {last} again; or launch another stack with "
            f"topology {settings.topology}, move your apps there, and then `make destroy` this one"
        )
