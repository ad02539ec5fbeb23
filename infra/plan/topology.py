"""Topology: what a running cluster can't change about its network."""

from infra.config.settings import Settings, SettingsError

FIRST = "public"
"""That of a cluster whose outputs do not name any: of the versions that had no other."""


def check(settings: Settings, last: str, vpc_id: str) -> None:
    """Raises SettingsError with the remedy. `last` is the topology of the running cluster; empty where none runs.

    `vpc_id` is the existing VPC that it was launched in; empty if it has one of its own.
    """
    if last and vpc_id != settings.vpc_id:
        raise SettingsError(
            f"vpcId is {settings.vpc_id or 'empty'}, and the cluster that runs is in {vpc_id or 'a VPC of its own'}: "
            f"no node can move to another VPC. {f'Set vpcId {vpc_id}' if vpc_id else 'Remove vpcId'} again; or "
            "launch another stack there, move your apps to it, and then `make destroy` this one"
        )
    if last and last != settings.topology:
        raise SettingsError(
            f"topology is {settings.topology}, and the cluster that runs is {last}: a change would replace every "
            f"node and the network between them at once. Set topology {last} again; or launch another stack with "
            f"topology {settings.topology}, move your apps there, and then `make destroy` this one"
        )
