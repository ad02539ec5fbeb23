"""A project in a temporary folder, driven through the command line with the fake provider."""

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sandbox.engine.__main__ import cli
from sandbox.engine.cli import Global
from sandbox.engine.plugins import Registry
from tests.unit.engine.fake import Fake, World

PASSPHRASE = "correct horse"
# Its key is derived once for all tests, which takes a third of a second.
SALT = "v1:T/VmK/4dEqo=:v1:v20gBfbgYNZi/6ak:IyT5SxB+RMXEuNCDjKeMeRYQJxmMOQ=="

THINGS = """
import pulumi

class Thing(pulumi.CustomResource):
    out: pulumi.Output[str]
    token: pulumi.Output[str]
    def __init__(self, name, opts=None, **props):
        super().__init__("fake:index:Thing", name, {**props, "out": None, "token": None}, opts)

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("apollo:test:Group", name, None, opts)

class Provider(pulumi.ProviderResource):
    def __init__(self, name, opts=None, **props):
        super().__init__("fake", name, props, opts)

Opts = pulumi.ResourceOptions
"""


class Stack:
    """One stack, `dev`, of one project, `demo`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World()
        self.registry: Registry = {"fake": lambda: Fake(self.world)}
        (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
        (folder / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
        (folder / "things.py").write_text(THINGS)
        self.program("")
        self.run("stack", "init", "dev")

    def program(self, text: str) -> None:
        """Replaces the program; `things` is imported for it."""
        (self.folder / "__main__.py").write_text(f"from things import *\n{textwrap.dedent(text)}")

    def run(self, *args: str, status: int = 0, input: str | None = None) -> Result:
        """A command of the CLI, which must end with `status`."""
        result = CliRunner().invoke(
            cli, ["-C", str(self.folder), *args], obj=Global(registry=self.registry), input=input
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        return result

    def up(self, *args: str, status: int = 0) -> str:
        return self.run("up", "--skip-preview", "-s", "dev", *args, status=status).output

    @property
    def state_file(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / "demo" / "dev.json"

    @property
    def latest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.state_file.read_text())["checkpoint"]["latest"]
        return found

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """By name; of two with one name, the one that is to stay."""
        ordered = sorted(self.latest.get("resources", ()), key=lambda item: not item.get("delete", False))
        return {item["urn"].rsplit("::", 1)[-1]: item for item in ordered}

    def plan(self, *args: str) -> dict[str, Any]:
        """`preview --json`."""
        found: dict[str, Any] = json.loads(self.run("preview", "--json", "-s", "dev", *args).stdout)
        return found

    def ops(self) -> dict[str, str]:
        """By name: what a preview would do to it."""
        return {step["urn"].rsplit("::", 1)[-1]: step["op"] for step in self.plan()["steps"]}


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    for name in ("PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_SKIP_CONFIRMATIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    return Stack(tmp_path)
