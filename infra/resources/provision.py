"""Provisioning: steps of one node as remote commands, each after the steps that it names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
from pulumi_command import remote

from infra.config.operating_systems import Init
from infra.plan.plan import Node
from infra.resources.connection import Connection
from infra.steps.step import Step, Upload

Dependencies = list[pulumi.Input[pulumi.Resource]]


@dataclass(frozen=True, kw_only=True)
class Provisioning:
    """What the commands of one node have in common.

    `behind` are resources that all of them wait for, except the steps named in `free`. `also` are further ones that
    single steps wait for, by the step's name.

    `triggers` make single steps run again when they change, by the step's name; another instance does so for all.

    With `reachable`, no command connects before these resources exist.
    """

    node: Node
    init: Init
    instance: aws.ec2.Instance
    connection: Connection
    parent: pulumi.Resource
    behind: Sequence[pulumi.Resource] = ()
    free: Collection[str] = ()
    also: Mapping[str, Sequence[pulumi.Input[pulumi.Resource]]] = field(default_factory=dict)
    triggers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reachable: Sequence[pulumi.Resource] = ()

    def commands(self, steps: Sequence[Step]) -> dict[str, remote.Command]:
        """By the name of their step; `steps` are in an order in which they can run."""
        found: dict[str, remote.Command] = {}
        held: set[str] = set()
        for step in steps:
            before: Dependencies = [*(found[name] for name in step.after), *self.also.get(step.name, ())]
            if step.name not in self.free:
                # What comes after a step that waits need not wait itself.
                if not held.intersection(step.after):
                    before = [*self.behind, *before]
                held.add(step.name)
            found[step.name] = self._command(step, before)
        return found

    def _command(self, step: Step, before: Dependencies) -> remote.Command:
        if step.upload:
            before = [*before, self._copy(step.name, step.upload, before)]
        return remote.Command(
            f"{self.node.name}-{step.name}",
            connection=self.connection.arguments,
            create=step.script(self.node, self.init),
            stdin=pulumi.Output.secret(step.secret.content) if step.secret else None,
            triggers=[self.instance.id, *self.triggers.get(step.name, ())],
            # No streaming: output could contain a secret. A failure shows what the step printed.
            logging=remote.Logging.NONE,
            add_previous_output_in_env=False,
            opts=self._options(before),
        )

    def _copy(self, step: str, upload: Upload, before: Dependencies) -> remote.CopyToRemote:
        return remote.CopyToRemote(
            f"{self.node.name}-{step}-upload",
            connection=self.connection.arguments,
            source=pulumi.FileAsset(str(upload.local)),
            remote_path=upload.remote,
            triggers=[self.instance.id],
            opts=self._options(before),
        )

    def _options(self, before: Dependencies) -> pulumi.ResourceOptions:
        after = [*self.reachable, *before]
        return pulumi.ResourceOptions(parent=self.parent, depends_on=after, deleted_with=self.instance)
