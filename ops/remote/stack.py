"""A stack's config and outputs, through ./pulumiw."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ops.remote.errors import OperatorError
from ops.remote.node import Machine, Node

PROJECT = Path(__file__).resolve().parents[2]
_NO_STACK = "no stack named"
_NO_KEY = "not found for stack"


@dataclass(frozen=True)
class Stack:
    """`project` is the folder with Pulumi.yaml and pulumiw, which runs in `environ`; None is this process's."""

    name: str
    project: Path = PROJECT
    environ: Mapping[str, str] | None = None

    def pulumi(self, *words: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `./pulumiw WORDS -s NAME`; raises OperatorError with what it printed."""
        done = subprocess.run(
            [str(self.project / "pulumiw"), *words, "-s", self.name],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=self.environ,
        )
        if check and done.returncode != 0:
            raise OperatorError(_output(done))
        return done

    def prepare(self) -> None:
        """Let ./pulumiw get the CLI if this machine lacks it, and show its lines about that as they come.

        Raises OperatorError where it can't; the reason has been shown then.
        """
        done = subprocess.run(
            [str(self.project / "pulumiw"), "version"],
            stdout=subprocess.DEVNULL,
            check=False,
            env={**(self.environ or os.environ), "PULUMI_STACK": self.name},
        )
        if done.returncode != 0:
            raise OperatorError("the Pulumi CLI does not start: see above")

    def up(self) -> int:
        """Run `./pulumiw up` without questions, and show what it prints as it comes; returns its exit status."""
        words = ("up", "--yes", "--skip-preview", "--suppress-outputs", "-s", self.name)
        done = subprocess.run([str(self.project / "pulumiw"), *words], check=False, env=self.environ)
        self.__dict__.pop("_outputs", None)
        return done.returncode

    def _unless(self, absent: str, *words: str) -> str | None:
        """What `./pulumiw WORDS` prints, None if its error contains `absent`; raises OperatorError for any other."""
        done = self.pulumi(*words, check=False)
        if done.returncode == 0:
            return done.stdout
        if absent in done.stderr:
            return None
        raise OperatorError(_output(done))

    def config_keys(self) -> frozenset[str] | None:
        """The config keys that have a value, such as apollo:slaveCount; None if the stack does not exist."""
        printed = self._unless(_NO_STACK, "config", "--json")
        return None if printed is None else frozenset(json.loads(printed))

    def config(self, key: str) -> str | None:
        """The value of a config key in plain text, also of a secret; None if it is not set."""
        printed = self._unless(_NO_KEY, "config", "get", key)
        return None if printed is None else printed.rstrip("\n")

    def set_secret(self, key: str, value: str) -> None:
        self.pulumi("config", "set", "--secret", key, stdin=value)

    def output(self, name: str) -> Any:
        """One of the stack's outputs; None if there is none of that name."""
        return self._outputs.get(name)

    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name, in the order of their weave indexes; raises OperatorError if there are none."""
        outputs = self.output("nodes")
        if not outputs:
            raise OperatorError(f"the stack {self.name} has no nodes: `make up STACK={self.name}` launches them")
        bastion = self.bastion()
        nodes = [Node.of(name, output, bastion) for name, output in outputs.items()]
        return {node.name: node for node in sorted(nodes, key=lambda node: node.index)}

    def bastion(self) -> Machine | None:
        """The machine through which SSH reaches the nodes; None if it reaches them directly."""
        output = self.output("bastion")
        return Machine.bastion(output) if output else None

    @cached_property
    def _outputs(self) -> Mapping[str, Any]:
        """As they were at the first access; empty if the stack does not exist."""
        outputs: Mapping[str, Any] = json.loads(self._unless(_NO_STACK, "stack", "output", "--json") or "{}")
        return outputs


def _output(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip() or done.stdout.strip()
