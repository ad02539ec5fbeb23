"""Programs of a few lines under the real CLI and the sandbox's language host, with a state folder of their own."""

import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from sandbox.cli.environment import of_sandbox
from sandbox.cli.find import CliError
from sandbox.home import Home

WAITS = """
import asyncio
import pulumi

async def main():
    print("it", "waits")
    await asyncio.sleep(900)

pulumi.run(main)
"""

UNREACHABLE = """
import pulumi
from pulumi_command import remote

options = {
    "connection": remote.ConnectionArgs(host="127.0.0.1", port=1, user="nobody", private_key="", dial_error_limit=1),
    "create": "true",
    "logging": remote.Logging.NONE,
    "add_previous_output_in_env": False,
}
first = remote.Command("first", **options)
remote.Command("second", **options, opts=pulumi.ResourceOptions(depends_on=[first]))
"""


class Project:
    """A folder with a program; `text` is that of its __main__.py."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.environment = folder, environment
        (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
        self.run("stack", "init", "test")

    def program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(text)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ("pulumi", *words, "--non-interactive"),
            cwd=self.folder, env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def up(self, text: str) -> "subprocess.CompletedProcess[str]":
        self.program(text)
        return self.run("up", "--yes", "--skip-preview", "-s", "test")

    @contextmanager
    def waiting(self) -> "Iterator[subprocess.Popen[str]]":
        """An `up` whose program has been started and waits."""
        self.program(WAITS)
        words = ("pulumi", "up", "--yes", "--skip-preview", "-s", "test", "--non-interactive")
        with subprocess.Popen(
            ("env", "--default-signal=INT", *words),
            cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            assert process.stdout
            try:
                assert any("it waits" in line for line in process.stdout)
                yield process
            finally:
                process.kill()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Skips where the CLI would have to be installed or built first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APOLLO_SANDBOX", str(tmp_path_factory.mktemp("sandbox")))
        try:
            lines = list(of_sandbox(Home(), _no_wait))
        except CliError as error:
            pytest.skip(str(error))
        words = [shlex.split(line) for line in lines if line.startswith("export ")]
        yield Project(tmp_path_factory.mktemp("project"), dict(word.split("=", 1) for _, word in words))


def _no_wait(line: str) -> None:
    if "installing" in line:
        raise CliError("there is no Pulumi CLI here yet: `make up` installs or builds it")


def test_an_async_programs_outputs_are_exported_and_its_secrets_are_not_shown(project: Project) -> None:
    done = project.up(
        "import pulumi\nasync def main():\n"
        '    print("printed by the program")\n'
        '    return {"plain": "to be seen", "hidden": pulumi.Output.secret("not to be seen")}\n'
        "pulumi.run(main)\n"
    )
    assert done.returncode == 0
    for shown in ("printed by the program", "to be seen", "[secret]"):
        assert shown in done.stdout
    assert "not to be seen" not in done.stdout


def test_a_users_mistake_is_a_line_without_a_trace(project: Project) -> None:
    done = project.up('import pulumi\nraise pulumi.RunError("masterCount is 2: use an odd number")\n')
    assert done.returncode != 0
    assert "error: masterCount is 2: use an odd number" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_fault_of_the_program_is_shown_with_its_trace(project: Project) -> None:
    done = project.up("1 / 0\n")
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stdout
    assert str(project.folder / "__main__.py") in done.stdout


def test_a_cli_that_is_started_with_debug_shows_the_programs_debug_messages(project: Project) -> None:
    project.program('import pulumi\npulumi.log.debug("a detail")\n')
    assert "a detail" in project.run("preview", "--debug", "-s", "test").stdout
    assert "a detail" not in project.run("preview", "-s", "test").stdout


def test_a_resource_that_fails_is_reported_without_a_trace_of_the_program(project: Project) -> None:
    """The other depends on it, so the SDK raises in the program what the CLI has reported."""
    done = project.up(UNREACHABLE)
    assert done.returncode != 0
    assert "first" in done.stdout
    assert "Traceback" not in done.stdout, done.stdout


def test_a_second_up_names_the_process_that_holds_the_lock(project: Project) -> None:
    with project.waiting() as first:
        second = project.up(WAITS)
        assert second.returncode != 0
        assert f"(pid {first.pid})" in second.stdout
    project.run("cancel", "--yes", "-s", "test")


def test_a_cli_that_is_killed_leaves_no_process_behind(project: Project) -> None:
    with project.waiting() as process:
        started = psutil.Process(process.pid).children(recursive=True)
        assert started
        process.kill()
        _, alive = psutil.wait_procs(started, timeout=20)
        assert alive == []
    project.run("cancel", "--yes", "-s", "test")


def test_an_interrupted_program_ends_without_a_trace(project: Project) -> None:
    with project.waiting() as process:
        assert process.stdout
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode != 0
    assert "Traceback" not in rest
    assert "KeyboardInterrupt" not in rest
