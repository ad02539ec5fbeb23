"""Provisioning: the steps of one node as remote commands, in their order, and with nobody else's."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_command import remote

from infra.config.settings import Settings
from infra.plan.plan import Node
from infra.resources.machine import Machine
from infra.steps.step import Step, Upload

# The command provider backs off to 5 s between tries: about 5 minutes for a machine to open its SSH port.
_DIALS = 70
_DIAL_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class ProvisionArgs:
    """`steps` are in an order in which each comes behind those that it names in `after`, and all behind `behind`."""

    settings: Settings
    node: Node
    machine: Machine
    steps: Sequence[Step]
    behind: Sequence[pulumi.Resource] = ()


class Provision(pulumi.ComponentResource):
    """`commands` by the name of their step."""

    def __init__(self, name: str, args: ProvisionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:provision:Provision", name, None, opts)
        self._node, self._machine, self._behind = args.node, args.machine, args.behind
        self._init = args.settings.system.init
        self._connection = remote.ConnectionArgs(
            host=args.machine.host,
            user=args.settings.login,
            host_key=args.machine.host_key,
            private_key=pulumi.Output.secret(args.settings.ssh_private_key.get_secret_value()),
            dial_error_limit=_DIALS,
            per_dial_timeout=_DIAL_SECONDS,
        )
        self.commands: dict[str, remote.Command] = {}
        for step in args.steps:
            self.commands[step.name] = self._command(step)
        self.register_outputs({})

    def _command(self, step: Step) -> remote.Command:
        before = [*self._behind, *(self.commands[name] for name in step.after)]
        if step.upload:
            before.append(self._copy(step.name, step.upload, before))
        return remote.Command(
            f"{self._node.name}-{step.name}",
            connection=self._connection,
            create=step.script(self._node, self._init),
            stdin=pulumi.Output.secret(step.secret.content) if step.secret else None,
            triggers=[self._machine.instance.id],
            # What a step prints on failure is shown with the failure; nothing streams past a secret's reader.
            logging=remote.Logging.NONE,
            add_previous_output_in_env=False,
            opts=self._options(before),
        )

    def _copy(self, step: str, upload: Upload, before: Sequence[pulumi.Resource]) -> remote.CopyToRemote:
        return remote.CopyToRemote(
            f"{self._node.name}-{step}-upload",
            connection=self._connection,
            source=pulumi.FileAsset(str(upload.local)),
            remote_path=upload.remote,
            triggers=[self._machine.instance.id],
            opts=self._options(before),
        )

    def _options(self, before: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(before), deleted_with=self._machine.instance)


def ssh_command(stack: str, settings: Settings, node: Node, machine: Machine) -> pulumi.Output[str]:
    """What logs in to a node from the project's folder, with the files that `make ssh` writes there."""
    files = f"-i .keys/{stack} -o UserKnownHostsFile=.keys/{stack}.hosts -o HostKeyAlias={node.name}"
    return pulumi.Output.concat(f"ssh {files} {settings.login}@", machine.host)
