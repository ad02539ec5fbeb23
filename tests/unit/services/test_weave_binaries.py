"""How the router and its companion get onto a node: only the archive that the stack's digest names is installed."""

import hashlib
import subprocess
import tarfile
from pathlib import Path

import pytest

from infra.steps.step import Step
from tests.unit.plans import plan, steps
from tests.unit.program import Recording, config, launch
from tests.unit.shell import program, run


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A tar.gz of two programs, and a machine that installs nothing but writes down what it would."""
    for name in ("weaver", "weaveutil"):
        (tmp_path / name).write_text(name)
    made = tmp_path / "weaver.tar.gz"
    with tarfile.open(made, "w:gz") as tar:
        for name in ("weaver", "weaveutil"):
            tar.add(tmp_path / name, name)
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "curl", f'for target; do :; done\nwhile [ "$1" != -o ]; do shift; done; cp {made} "$2"')
    program(tmp_path / "bin", "install", f'cat "$3" >>{tmp_path}/installed')
    for name in ("mv", "systemctl"):
        program(tmp_path / "bin", name, ":")
    return made


def download(sha256: str) -> Step:
    return steps(plan(weaverUrl="https://mirror.example.com/weaver.tar.gz", weaverSha256=sha256))["weave-binaries"]


def installed(archive: Path, sha256: str) -> tuple["subprocess.CompletedProcess[str]", str]:
    done = run(download(sha256), archive.parent)
    record = archive.parent / "installed"
    return done, record.read_text() if record.exists() else ""


def test_an_archive_of_the_digest_is_installed_and_the_step_prints_the_digest(archive: Path) -> None:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    done, found = installed(archive, digest)
    assert (done.returncode, done.stderr, found) == (0, "", "weaverweaveutil")
    assert done.stdout == f"{digest}\n"


def test_an_archive_of_another_digest_is_not_installed(archive: Path) -> None:
    done, found = installed(archive, "a" * 64)
    assert (done.returncode, found) == (1, "")
    assert f"weaverSha256 is {'a' * 64}, but the file has " in done.stderr
    assert "nothing was installed" in done.stderr


def test_an_image_is_named_by_the_digest_that_its_registry_gave_it() -> None:
    check = steps(plan(weaveImage="registry.example.com/weave:2.9.0"))["weave-binaries"].check
    assert check.splitlines()[-1] == (
        "docker image inspect --format '{{index .RepoDigests 0}}' registry.example.com/weave:2.9.0"
    )


def launched(archive: Path) -> Recording:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return launch(config(weaverUrl=f"file://{archive}", weaverSha256=digest))


def test_a_replaced_machine_gets_the_operators_archive_again_before_the_step_that_unpacks_it(archive: Path) -> None:
    recording = launched(archive)
    uploads = recording.of_type("command:remote:CopyToRemote")
    assert set(uploads) == {f"{node}-weave-binaries-upload" for node in recording.instances}
    for node in recording.instances:
        upload = uploads[f"{node}-weave-binaries-upload"]
        assert upload.inputs["triggers"] == [f"{node}-id"]
        assert upload.deleted_with == node
        assert upload.name in recording.commands[f"{node}-weave-binaries"].dependencies
        assert f"cp {upload.inputs['remotePath']} " in recording.commands[f"{node}-weave-binaries"].inputs["create"]
