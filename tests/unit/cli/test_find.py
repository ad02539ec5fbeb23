"""Which CLI is taken, asked as ./pulumiw asks; that no network is there is played by a curl of the tests' own."""

import re
import shlex

import pytest

from sandbox.cli.build import PROGRAM
from sandbox.cli.find import Cli, find_or_install, pinned, works
from sandbox.home import Home
from tests.unit.cli.conftest import Machine, script

NEWER = "3.999.0"


@pytest.mark.parametrize("stack", ["dev", "sandbox"])
@pytest.mark.parametrize("version", [pinned(), NEWER])
def test_a_cli_on_path_is_taken_without_a_word(machine: Machine, stack: str, version: str) -> None:
    mine = machine.cli(machine.on_path, version)
    machine.cli(machine.cache / f"pulumi-{pinned()}/bin")
    assert machine.taken(stack) == mine
    assert machine.asked(stack).stderr == ""


def test_a_cli_on_path_of_another_version_is_passed_over_in_one_line(machine: Machine) -> None:
    old = machine.cli(machine.on_path, "3.100.0")
    cached = machine.cli(machine.cache / f"pulumi-{pinned()}/bin")
    assert machine.taken("dev") == cached
    assert machine.asked("dev").stderr == (
        f"pulumiw: passing over {old}, which is 3.100.0: this project needs {pinned()} or a newer 3.x\n"
    )


def test_a_cli_without_a_language_host_is_for_the_sandbox_alone(machine: Machine) -> None:
    bare = machine.cli(machine.on_path, python=False)
    assert machine.taken("sandbox") == bare
    refused = machine.asked("dev")
    assert refused.returncode == 1
    assert f"pulumiw: passing over {bare}: it has no pulumi-language-python beside it" in refused.stderr


def test_a_cli_that_was_built_from_go_is_for_the_sandbox_alone(machine: Machine) -> None:
    built = machine.cli(machine.cache / f"pulumi-{pinned()}-go/bin", python=False)
    assert machine.taken("sandbox") == built
    refused = machine.asked("dev")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "could not be installed from https://get.pulumi.com: curl: (6) Could not resolve host" in refused.stderr
    assert "that one has no language host for stacks on AWS" in refused.stderr


def test_the_installer_is_preferred_to_a_build(machine: Machine) -> None:
    installer = 'while [ "$1" != --install-root ]; do shift; done; mkdir -p "$2/bin"; cp "$SELF" "$2/bin/pulumi"'
    mine = script(machine.folder / "installed", "echo v1")
    script(machine.on_path / "curl", f"echo 'SELF={mine};' {shlex.quote(installer)}")
    assert machine.taken("sandbox") == machine.cache / f"pulumi-{pinned()}/bin/pulumi"
    assert machine.taken("dev") == machine.cache / f"pulumi-{pinned()}/bin/pulumi"


def test_a_cli_that_has_to_be_built_is_left_to_the_caller(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine.on_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine.cache.parent))
    machine.cache.mkdir(parents=True)
    said: list[str] = []
    assert find_or_install(Home(), sandbox=True, say=said.append) is None
    assert "building it from its Go module" in said[-1]
    mine = machine.cli(machine.cache / f"pulumi-{pinned()}-go/bin", python=False)
    assert find_or_install(Home(), sandbox=True, say=said.append) == Cli(mine)


def test_without_any_network_the_sandbox_says_what_it_tried(machine: Machine) -> None:
    refused = machine.asked("sandbox")
    assert refused.returncode == 1
    assert "building it from its Go module" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list(machine.cache.glob("pulumi-*"))


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 258, 9), False), ((3, 259, 0), True), ((3, 300, 1), True), ((4, 0, 0), False)],
)
def test_the_sdks_version_and_newer_ones_of_its_major_version_work(
    version: tuple[int, int, int], *, fits: bool
) -> None:
    assert works(version) is fits


def test_the_cli_that_is_built_is_of_the_sdks_version() -> None:
    module = (PROGRAM.recipe / "go.mod").read_text()
    assert re.findall(r"^require (\S+) v(\S+)$", module, re.MULTILINE) == [
        ("github.com/pulumi/pulumi/pkg/v3", pinned())
    ]
    assert PROGRAM.ldflags.endswith(f"=v{pinned()}")
