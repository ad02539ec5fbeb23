"""The text that nodes get: correct shell, correct units, whatever the operating system."""

import fcntl
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment

from infra.config.operating_systems import OPERATING_SYSTEMS, Init
from infra.plan.plan import Node, Plan
from infra.services import registry
from infra.steps import templates
from infra.steps.step import File, Step
from tests.unit.plans import plan
from tests.unit.shell import inner, program, run, shellcheck, slave_1

SYSTEMS = list(OPERATING_SYSTEMS)


def variants() -> Iterator[tuple[Node, Plan]]:
    """A master and a slave on each system, the smallest cluster, one without services, and a router from a URL."""
    for system in SYSTEMS:
        whole = plan(os=system)
        yield whole.masters[0], whole
        yield whole.slaves[0], whole
    smallest = plan(masterCount=1, slaveCount=0)
    yield smallest.masters[0], smallest
    for system in ("debian-12", "ubuntu-14.04"):
        bare = plan(os=system, services=[])
        yield bare.masters[0], bare
        yield bare.slaves[0], bare
    fetched = plan(weaverUrl="https://mirror.example.com/weaver.tar.gz", weaverSha256="a" * 64)
    yield fetched.slaves[0], fetched


def test_a_script_begins_with_an_imperative_sentence_and_the_name_of_its_step() -> None:
    for node, whole in variants():
        for one in registry.steps(whole, registry.chosen(whole.settings))[node.name]:
            first = one.script(node, whole.settings.system.init).splitlines()[0]
            assert first == f"# {one.title} ({one.name} on {node.name})"
            assert re.fullmatch(r"[A-Z][a-z]+ [^.]+", one.title), one.title


def test_no_file_ends_its_own_here_document() -> None:
    for node, whole in variants():
        for one in registry.steps(whole, registry.chosen(whole.settings))[node.name]:
            lines = one.script(node, whole.settings.system.init).splitlines()
            assert lines.count("APOLLO_FILE") == len(one.files), one.name
            assert lines.count("APOLLO_STEP") == 1, one.name


def test_every_step_of_every_system_is_correct_shell(tmp_path: Path) -> None:
    seen: set[str] = set()
    for node, whole in variants():
        for step in registry.steps(whole, registry.chosen(whole.settings))[node.name]:
            script = step.script(node, whole.settings.system.init)
            if script not in seen:
                seen.add(script)
                shellcheck(script, "sh", tmp_path)
                shellcheck(inner(script), "bash", tmp_path)


def files(system: str) -> dict[str, File]:
    whole = plan(os=system)
    steps = registry.steps(whole, registry.chosen(whole.settings))[whole.slaves[0].name]
    return {file.path: file for step in steps for file in step.files}


@pytest.mark.parametrize("command", ["weave", "container-firewall"])
def test_a_command_of_the_network_is_correct_shell(tmp_path: Path, command: str) -> None:
    shellcheck(files("debian-12")[f"/usr/local/bin/{command}"].content, "sh", tmp_path)


@pytest.mark.parametrize("system", [name for name, found in OPERATING_SYSTEMS.items() if found.init == "systemd"])
def test_every_unit_is_one_that_systemd_accepts(system: str, tmp_path: Path) -> None:
    units = [file for path, file in files(system).items() if path.endswith(".service")]
    assert units
    for unit in units:
        found = tmp_path / Path(unit.path).name
        # The verifier looks for the commands on this machine, where they need not be.
        own = "weave-names|weave|consul-template|container-firewall"
        command = rf"/usr/local/bin/({own})|/usr/bin/docker|/usr/sbin/dnsmasq"
        found.write_text(re.sub(command, "/bin/true", unit.content))
        result = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(found)], capture_output=True, text=True, check=False
        )
        complaints = [line for line in result.stderr.splitlines() if found.name in line]
        assert not complaints


def test_upstart_gets_a_job_and_systemd_a_unit() -> None:
    assert "/etc/init/weave.conf" in files("ubuntu-14.04")
    assert "/etc/systemd/system/weave.service" not in files("ubuntu-14.04")
    assert "/etc/systemd/system/weave.service" in files("ubuntu-24.04")
    assert "/etc/init/weave.conf" not in files("ubuntu-24.04")


FILES = {
    "/etc/network/interfaces.d/weave.cfg": """\
auto weave
iface weave inet manual
  pre-up /usr/local/bin/weave create-bridge
  post-up ip addr replace dev weave 10.2.0.10/16
  pre-down ip link set dev weave down
  post-down /usr/local/bin/weave delete-bridge
""",
    "/etc/default/docker": 'DOCKER_OPTS="--bridge=weave --fixed-cidr=10.2.10.0/24 --mtu=8916 --ip=10.0.0.13'
    ' --dns=10.2.0.10 --dns-search=service.consul"\n',
    "/etc/default/weave": """\
# The routers that this one dials when it starts.
PEERS="10.0.0.4 10.0.32.5 10.0.64.6"
""",
}


@pytest.mark.parametrize("path", FILES)
def test_the_files_of_2015_have_the_addresses_of_their_node(path: str) -> None:
    assert files("ubuntu-14.04")[path].content == FILES[path]


def test_docker_accepts_the_old_client_of_mesos() -> None:
    drop_in = files("ubuntu-24.04")["/etc/systemd/system/docker.service.d/weave.conf"].content
    assert "\nEnvironment=DOCKER_MIN_API_VERSION=1.24\n" in drop_in


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mode) for path in root.rglob("*") if path.is_file()}


def step(root: Path, content: str = "content", apply: str = "", **texts: Any) -> Step:
    file = File(path=str(root / "etc/file"), content=content, mode="0640")
    secret = File(path=str(root / "etc/secret"), content="", mode="0600")
    return Step(
        name="try",
        title="Try a step",
        files=(file,),
        secret=secret,
        apply=apply or f"echo applied >>{root}/log",
        **texts,
    )


def test_a_step_applied_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    first = run(step(tmp_path, "it's $(not run)\n"), tmp_path, stdin="secret\n")
    assert first.returncode == 0, first.stderr
    after_first = tree(tmp_path)
    assert (tmp_path / "etc/file").read_text() == "it's $(not run)\n"
    assert (tmp_path / "etc/secret").read_text() == "secret\n"
    assert (tmp_path / "etc/secret").stat().st_mode & 0o777 == 0o600
    run(step(tmp_path, "it's $(not run)\n"), tmp_path, stdin="secret\n")
    assert tree(tmp_path) == after_first


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "etc/file").write_text("by hand"),
        lambda root: (root / "etc/file").chmod(0o644),
        lambda root: (root / "etc/secret").write_text("by hand"),
    ],
    ids=["content", "mode", "secret"],
)
def test_a_file_changed_on_the_node_is_put_right_and_takes_effect(change: object, tmp_path: Path) -> None:
    run(step(tmp_path, "right"), tmp_path, stdin="secret\n")
    change(tmp_path)  # type: ignore[operator]
    run(step(tmp_path, "right"), tmp_path, stdin="secret\n")
    assert (tmp_path / "etc/file").read_text() == "right\n"
    assert (tmp_path / "etc/secret").read_text() == "secret\n"
    assert (tmp_path / "log").read_text() == "applied\n" * 2


def test_a_step_that_failed_half_way_is_finished_by_the_next_run(tmp_path: Path) -> None:
    breaks = f"test -e {tmp_path}/mended || fail 'there is no {tmp_path}/mended: make it'\necho done >>{tmp_path}/log"
    failed = run(step(tmp_path, "new", breaks), tmp_path)
    assert failed.returncode == 1
    assert failed.stderr == f"slave-1 try: there is no {tmp_path}/mended: make it\n"
    (tmp_path / "mended").touch()
    assert run(step(tmp_path, "new", breaks), tmp_path).returncode == 0
    assert (tmp_path / "log").read_text() == "done\n"


def test_a_step_that_does_not_end_is_stopped_at_its_bound_and_named(tmp_path: Path) -> None:
    done = run(step(tmp_path, apply="exec sleep infinity", seconds=1), tmp_path)
    assert done.returncode == 124
    assert done.stderr == (
        "slave-1 try: did not end within 1 s and was stopped: see what it waits for, then run up again\n"
    )


def test_a_step_waits_for_its_own_run_that_a_cut_connection_left_behind(tmp_path: Path) -> None:
    run(step(tmp_path), tmp_path)
    before = tree(tmp_path)
    with (tmp_path / "var/steps/try.lock").open() as left:
        fcntl.flock(left, fcntl.LOCK_EX)
        done = run(step(tmp_path, "other", seconds=2), tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "slave-1 try: another run of this step has not ended in 1 s: run up again\n",
    )
    assert tree(tmp_path) == before


def test_without_room_on_the_disk_the_file_stays_whole_and_is_named(tmp_path: Path) -> None:
    run(step(tmp_path, "old"), tmp_path)
    program(tmp_path / "bin", "mktemp", f"ln -s /dev/full {tmp_path}/half && echo {tmp_path}/half")
    done = run(step(tmp_path, "new"), tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "cat: write error: No space left on device",
        f"slave-1 try: {tmp_path}/etc/file could not be written, for the reason above: is a disk of the node full?",
    ]
    assert (tmp_path / "etc/file").read_text() == "old\n"
    assert not (tmp_path / "half").is_symlink()


def test_a_step_that_repeats_runs_its_commands_every_time(tmp_path: Path) -> None:
    for _ in range(2):
        assert run(step(tmp_path, repeat=True), tmp_path).returncode == 0
    assert (tmp_path / "log").read_text() == "applied\n" * 2


@pytest.mark.parametrize("fails", ["false", "false | true", 'echo "$unset"'])
def test_a_step_ends_at_its_first_failure_and_is_not_taken_for_applied(fails: str, tmp_path: Path) -> None:
    done = run(step(tmp_path, apply=f"{fails}\necho later >>{tmp_path}/log"), tmp_path)
    assert done.returncode != 0
    assert not (tmp_path / "log").exists()
    assert not (tmp_path / "var/steps/try").exists()


APPLY = """\
# restarts what reads the files
test -e {root}/etc/file || not_there
until_ready nothing_wrong 1 || not_there
restart_unit try
"""
ERRORS = 'not_there() { fail "there is no file: make one"; }\nnothing_wrong() { :; }'


def rewordings(root: Path) -> dict[str, Step]:
    """The same step in other words, in one place each."""
    apply = APPLY.format(root=root)
    return {
        "as it was": step(root, apply=apply, errors=ERRORS, check="true || fail 'it is not well'"),
        "a check": step(root, apply=apply, errors=ERRORS, check="true || fail 'it is unwell'"),
        "an error": step(root, apply=apply, errors=ERRORS.replace("make one", "create it")),
        "a comment": step(root, apply=apply.replace("restarts what reads", "restarts the reader of"), errors=ERRORS),
        "a download": step(root, apply=apply, errors=ERRORS, fetch="true || fail 'no image'"),
    }


@pytest.mark.parametrize("where", rewordings(Path("/")))
def test_another_wording_outside_of_what_apply_does_restarts_nothing(where: str, tmp_path: Path) -> None:
    first = run(rewordings(tmp_path)["as it was"], tmp_path, environment=systemctl(tmp_path))
    assert first.returncode == 0, first.stderr
    again = run(rewordings(tmp_path)[where], tmp_path, environment=systemctl(tmp_path))
    assert again.returncode == 0, again.stderr
    assert restarts(tmp_path) == 1


@pytest.mark.parametrize("template", ["step.sh", "functions/until_ready.sh", "functions/systemd/restart_unit.sh"])
def test_another_wording_of_the_frame_restarts_nothing(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(rewordings(tmp_path)["as it was"], tmp_path, environment=systemctl(tmp_path))
    assert first.returncode == 0, first.stderr
    environment = reworded(template)
    monkeypatch.setattr(templates, "_environment", lambda: environment)
    assert "reworded" in rewordings(tmp_path)["as it was"].script(slave_1(), "systemd")
    again = run(rewordings(tmp_path)["as it was"], tmp_path, environment=systemctl(tmp_path))
    assert again.returncode == 0, again.stderr
    assert restarts(tmp_path) == 1


def reworded(template: str) -> Environment:
    """The project's templates, of which this one has a comment in each of its functions that is not there today."""
    environment: Environment = templates._environment.__wrapped__()
    loader = environment.loader
    assert loader is not None
    source, _, _ = loader.get_source(environment, template)
    environment.loader = ChoiceLoader([DictLoader({template: source.replace("() {", "() { # reworded")}), loader])
    return environment


@pytest.mark.parametrize(
    "change",
    [
        lambda root: step(root, "other", apply=APPLY.format(root=root), errors=ERRORS),
        lambda root: step(root, apply=APPLY.format(root=root) + "true\n", errors=ERRORS),
    ],
    ids=["a file", "apply"],
)
def test_other_content_takes_effect(change: Callable[[Path], Step], tmp_path: Path) -> None:
    run(rewordings(tmp_path)["as it was"], tmp_path, environment=systemctl(tmp_path))
    again = run(change(tmp_path), tmp_path, environment=systemctl(tmp_path))
    assert again.returncode == 0, again.stderr
    assert restarts(tmp_path) == 2


def test_another_secret_takes_effect(tmp_path: Path) -> None:
    for secret in ("one\n", "one\n", "other\n"):
        done = run(rewordings(tmp_path)["as it was"], tmp_path, stdin=secret, environment=systemctl(tmp_path))
        assert done.returncode == 0, done.stderr
    assert restarts(tmp_path) == 2


def systemctl(root: Path) -> dict[str, str]:
    """A systemctl that writes down its calls, for a step's environment."""
    (root / "bin").mkdir(exist_ok=True)
    program(root / "bin", "systemctl", 'echo "$*" >>"$CALLS"')
    return {"CALLS": str(root / "calls")}


def restarts(root: Path) -> int:
    return (root / "calls").read_text().splitlines().count("restart try")


def test_no_apply_has_a_sentence_or_a_here_document_in_it() -> None:
    for node, whole in variants():
        for one in registry.steps(whole, registry.chosen(whole.settings))[node.name]:
            # fail ends a step with a sentence; a comment inside a here-document would be content
            assert not re.search(r"\bfail\b|<<[^<]", one.apply.replace("<<<", "")), one.name
            assert not one.errors or "fail " in one.errors


@pytest.mark.parametrize(
    ("init", "stubs", "answer"),
    [
        (
            "systemd",
            {"systemctl": '[ "$1" != restart ]', "journalctl": "echo its last line"},
            "its last line\nslave-1 try: try does not start: its last lines are above;"
            " `journalctl -u try` on the node has them all\n",
        ),
        (
            "upstart",
            {"initctl": ":", "service": "false", "tail": "echo its last line"},
            "its last line\nslave-1 try: try does not start: its last lines are above;"
            " /var/log/upstart/try.log has them all\n",
        ),
    ],
)
def test_a_unit_that_does_not_start_is_named_below_its_last_lines(
    init: Init, stubs: dict[str, str], answer: str, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    for name, script in stubs.items():
        program(tmp_path / "bin", name, script)
    done = run(step(tmp_path, apply="restart_unit try"), tmp_path, init=init)
    assert (done.returncode, done.stderr) == (1, answer)
