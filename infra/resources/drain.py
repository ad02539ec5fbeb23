"""Drain: the commands of the first master that take a slave out of use before a change, and put it back after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_command import remote

from infra.plan.plan import Node, Plan
from infra.resources import past
from infra.resources.connection import Connection
from infra.services import drain
from infra.services.drain import Causes


@dataclass(frozen=True, kw_only=True)
class DrainArgs:
    """`connection` is that of a master, and `behind` are resources that a drain waits for.

    `causes` are what the slave will have, and `last` the digests that it has, by the verb of the command; empty for a
    new slave.
    """

    plan: Plan
    node: Node
    causes: Causes
    connection: Connection
    behind: Sequence[pulumi.Resource]
    last: Mapping[str, str]


class Drain(pulumi.ComponentResource):
    """`before`: what a change of the slave waits for. `back`: what ends the drain, once `follow` has made it.

    `made`: what the next `up` compares with, by verb.

    A command has no `create`: it runs for no new slave, and for an existing one when its text changes.
    """

    def __init__(self, name: str, args: DrainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:drain:Drain", name, None, opts)
        self._args = args
        move = self._command("move", args.causes.containers, args.behind)
        out = self._command("out", args.causes.traffic, [*args.behind, move])
        self.before = (out,)
        self._runs = pulumi.Output.all(move.stdout, out.stdout).apply(_lasts)
        self.made = {verb: self._made(verb, command) for verb, command in (("move", move), ("out", out))}
        self.register_outputs({})

    def follow(self, gate: pulumi.Resource) -> None:
        """Makes `back`, which runs after the slave's gate when one of the others has run since it ran last."""
        args = self._args
        text = drain.script("back", args.node, args.plan, {})
        self.back = self._run("back", self._runs.apply(lambda runs: f"# after {runs}\n{text}"), [gate, *self.before])

    def _command(self, verb: str, why: Mapping[str, str], behind: Sequence[pulumi.Resource]) -> remote.Command:
        args = self._args
        # Another address or key of the master, or another wording, is no reason to drain a slave.
        steady = args.last.get(verb, _digests(why)) == _digests(why)
        text = drain.script(verb, args.node, args.plan, why)
        return self._run(verb, text, behind, ["connection", "update"] if steady else None)

    def _run(
        self, verb: str, text: pulumi.Input[str], behind: Sequence[pulumi.Resource], ignored: list[str] | None = None
    ) -> remote.Command:
        return remote.Command(
            f"{self._args.node.name}-{verb}",
            connection=self._args.connection.arguments,
            update=text,
            logging=remote.Logging.NONE,
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(behind), ignore_changes=ignored),
        )

    def _made(self, verb: str, command: remote.Command) -> Any:
        digests = _digests(self._args.causes.containers if verb == "move" else self._args.causes.traffic)
        return past.kept(command.stdout.apply(lambda _: digests), self._args.last.get(verb, ""))


def _digests(why: Mapping[str, str]) -> str:
    return " ".join(why.values())


def _lasts(printed: Sequence[str]) -> str:
    return " ".join(lines[-1] for text in printed if (lines := (text or "").splitlines())) or "no run"
