"""What `make doctor` sees of a step on a node: files, stamp, unit and container, by the scripts that nodes run."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.services import registry
from infra.steps.step import Effect, File, Step
from ops.doctor.checks import Check, checks
from ops.doctor.differences import Difference
from ops.doctor.look import parsed, script
from tests.unit.ops.doctor.node import FolderNode
from tests.unit.plans import plan
from tests.unit.shell import shellcheck

IMAGE = "registry.example.com/try:1"
STEP = Step(
    name="try",
    title="Try a step",
    files=(
        File(path="/etc/try.conf", content="it's 1\nand 2", mode="0640"),
        File(path="/etc/systemd/system/try.service", content="[Service]\n"),
    ),
    secret=File(path="/etc/secret", content="hidden", mode="0600"),
    apply="restart_unit try",
    absent=("/etc/gone.conf",),
)
UNIT = "/etc/systemd/system/try.service"


@pytest.fixture
def node(tmp_path: Path) -> FolderNode:
    found = FolderNode(tmp_path)
    found.apply(STEP)
    return found


def test_nothing_differs_on_a_node_whose_step_has_run(node: FolderNode) -> None:
    assert node.look(STEP) == []


def write(path: str, content: str) -> Callable[[FolderNode], object]:
    return lambda node: Path(f"{node.folder}{path}").write_text(content)


BY_HAND: dict[str, tuple[Callable[[FolderNode], object], str, str]] = {
    "content": (write("/etc/try.conf", "it's 1\nand 3\n"), "/etc/try.conf", "content"),
    "mode": (lambda node: (node.folder / "etc/try.conf").chmod(0o666), "/etc/try.conf", "mode or owner"),
    "removed": (lambda node: (node.folder / "etc/try.conf").unlink(), "/etc/try.conf", "missing"),
    "secret": (write("/etc/secret", "known"), "/etc/secret", "content"),
    "mode of the secret": (lambda node: (node.folder / "etc/secret").chmod(0o644), "/etc/secret", "mode or owner"),
    "left over": (write("/etc/gone.conf", "left"), "/etc/gone.conf", "left over"),
    "stopped": (lambda node: node.unit("is-active", "inactive"), "unit try", "differs"),
    "disabled": (lambda node: node.unit("is-enabled", "disabled"), "unit try", "differs"),
    "not reloaded": (lambda node: node.unit("show", "yes"), "unit try", "differs"),
    "interrupted": (lambda node: (node.folder / "var/steps/try").unlink(), "/var/lib/apollo/steps/try", "missing"),
    "other apply": (write("/var/steps/try", "0000\n"), "/var/lib/apollo/steps/try", "content"),
}


@pytest.mark.parametrize(("change", "name", "kind"), BY_HAND.values(), ids=BY_HAND)
def test_a_change_by_hand_is_the_only_difference(
    change: Callable[[FolderNode], object], name: str, kind: str, node: FolderNode
) -> None:
    change(node)
    assert [(one.check.step, one.check.name, one.kind) for one in node.look(STEP)] == [("try", name, kind)]


def test_a_diff_goes_from_the_programs_lines_to_those_of_the_node(node: FolderNode) -> None:
    write("/etc/try.conf", "it's 1\nand 3\n")(node)
    (difference,) = node.look(STEP)
    assert difference.diff.splitlines() == [
        "--- /etc/try.conf (the program's)",
        "+++ /etc/try.conf (on slave-1)",
        "@@ -1,3 +1,3 @@",
        " mode 0640, owner root:root",
        " it's 1",
        "-and 2",
        "+and 3",
    ]


def test_a_secret_file_shows_that_it_differs_and_neither_content_nor_digest(node: FolderNode) -> None:
    write("/etc/secret", "known")(node)
    (difference,) = node.look(STEP)
    assert difference.diff.splitlines()[3:] == [
        " mode 0600, owner root:root",
        "-the content that the config gives",
        "+other content, which is not shown because it is secret",
    ]


def test_the_mode_of_a_secret_file_is_shown(node: FolderNode) -> None:
    (node.folder / "etc/secret").chmod(0o644)
    (difference,) = node.look(STEP)
    assert difference.diff.splitlines()[3:] == [
        "-mode 0600, owner root:root",
        "+mode 0644, owner root:root",
        " the content that the config gives",
    ]


@pytest.mark.parametrize(
    ("container", "image", "seen"),
    [
        (f"{IMAGE} sha256:1", "sha256:1", None),
        ("other:2 sha256:2", "sha256:1", "other:2"),
        (f"{IMAGE} sha256:1", "sha256:2", "the node has another image of this name since"),
        ("", "sha256:1", ""),
    ],
    ids=["as named", "another name", "another image of that name", "no container"],
)
def test_a_container_runs_the_image_that_its_step_names(
    container: str, image: str, seen: str | None, node: FolderNode
) -> None:
    if container:
        node.docker("container", container)
    node.docker("image", image)
    found = node.look(replace(STEP, image=IMAGE))
    assert [one.check.name for one in found] == ([] if seen is None else ["container try"])
    assert all((seen or "") in one.found for one in found)


def test_an_effect_is_what_its_command_prints(node: FolderNode) -> None:
    effects = (
        Effect(name="one", command="echo 1", expected="1\n"),
        Effect(name="two", command="echo 2 >&2; exit 3", expected="1\n"),
    )
    (difference,) = node.look(replace(STEP, effects=effects))
    assert (difference.check.name, difference.found) == ("two", "2\n")


def test_a_look_changes_nothing(node: FolderNode) -> None:
    def files() -> dict[Path, tuple[int, bytes]]:
        found = (path for path in node.folder.rglob("*") if path.is_file())
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in found}

    before = files()
    node.look(STEP)
    assert files() == before


@pytest.mark.parametrize("out", ["", "0 YQ==\n"], ids=["nothing", "the first of two"])
def test_a_look_that_was_cut_short_is_not_taken_for_one_that_saw_all(out: str) -> None:
    assert parsed(out, 2) is None
    assert parsed("0 YQ==\n1 \n", 2) == ["a", ""]


def test_a_file_that_is_not_text_is_a_difference_like_any_other() -> None:
    check = Check(step="try", name="/etc/try", command="", expected="mode 0644, owner root:root\na\n")
    found = parsed("0 bW9kZSAwNjQ0LCBvd25lciByb290OnJvb3QKgIEK\n", 1)
    assert found is not None
    assert Difference(node="slave-1", check=check, found=found[0]).kind == "content"


@pytest.mark.parametrize("system", ["debian-12", "ubuntu-14.04"], ids=["systemd", "upstart"])
def test_every_command_of_a_look_is_correct_shell(system: str, tmp_path: Path) -> None:
    whole = plan(os=system)
    steps = registry.steps(whole, registry.chosen(whole.settings))["slave-1"]
    wanted = [check for step in steps for check in checks(step, whole.settings.system.init)]
    assert wanted
    shellcheck(script(wanted[:1]), "bash", tmp_path)
    # One of each form: they differ in a path or a name.
    forms = {re.sub(r"(/[^ ]+|unit \S+)", "", check.command): check.command for check in wanted}
    shellcheck("\n".join(forms.values()), "bash", tmp_path)
