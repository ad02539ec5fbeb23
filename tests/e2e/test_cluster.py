"""The cluster on real hosts, from `make up` to `make clean`. The tests share it, in this order, and leave it well."""

import hashlib
import io
import json
import os
import shlex
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from bench.workspace import NETWORK_ALONE, VPC, WEAVE, ProjectCopy
from sandbox.home import Home
from sandbox.weaver.package import executable
from tests.e2e.conftest import cluster_copy
from tests.e2e.hosts.cluster import until

INSTANCE, COMMAND = "aws:ec2/instance:Instance", "command:remote:Command"
ROUTER = "tr '\\0' ' ' </proc/$(systemctl show --property MainPID --value weave)/cmdline"
PIDS = "systemctl show -p MainPID --value docker weave; docker ps -q | sort"
FILES = "sudo find /etc /usr/local /var/lib/apollo -xdev -type f -exec sha256sum {} + | sort -k 2"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    with cluster_copy(tmp_path_factory, "cluster", NETWORK_ALONE) as project:
        yield project


def test_one_command_brings_up_a_cluster_in_which_every_container_reaches_every_other(cluster: ProjectCopy) -> None:
    said = cluster.make("up").stdout
    assert "slave-2-gate created" in said
    assert said.count(" ok ") == 9 + 3, "each connection, and the containers' firewall of each node"
    assert "FAILS" not in said
    assert "a Weave password" in said
    secret = cluster.pulumi("config", "get", "weavePassword").stdout.strip()
    assert secret not in said
    assert secret not in (cluster.folder / "Pulumi.sandbox.yaml").read_text()


def serve(cluster: ProjectCopy, node: str, name: str) -> str:
    """Start a web server in a container, on port 80; its address."""
    page = f"mkdir /www && echo {name} >/www/index.html && exec httpd -f -p 80 -h /www"
    cluster.on(node, f"sudo docker run -d --restart always --name {name} apollo/probe:1 sh -c '{page}'")
    return cluster.on(node, f"sudo docker inspect -f '{{{{.NetworkSettings.Networks.bridge.IPAddress}}}}' {name}")


def fetched(cluster: ProjectCopy, node: str, address: str, *, from_container: bool) -> str:
    """What a web server answers to a node, or to a container on it."""
    if not from_container:
        return cluster.on(node, f"curl -s --max-time 5 http://{address}/")
    request = f'printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 5 {address} 80 | tail -n 1'
    return cluster.on(node, f"sudo docker run --rm apollo/probe:1 sh -c '{request}'")


def test_containers_on_one_host_share_a_port_and_each_is_reached_by_its_own_address(cluster: ProjectCopy) -> None:
    addresses = {name: serve(cluster, "slave-1", name) for name in ("web-a", "web-b")}
    assert len(set(addresses.values())) == 2
    for name, address in addresses.items():
        assert address.startswith(f"{WEAVE}.10.")
        assert fetched(cluster, "slave-2", address, from_container=True) == name
        assert fetched(cluster, "slave-2", address, from_container=False) == name
        assert fetched(cluster, "master-1", address, from_container=False) == name


def test_up_again_changes_nothing_and_restarts_nothing(cluster: ProjectCopy) -> None:
    before = {node: cluster.on(node, f"sudo sh -c '{PIDS}'") for node in ("master-1", "slave-1")}
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--refresh")
    assert before == {node: cluster.on(node, f"sudo sh -c '{PIDS}'") for node in ("master-1", "slave-1")}


def test_every_step_run_again_leaves_its_node_byte_for_byte_the_same(cluster: ProjectCopy) -> None:
    password = cluster.pulumi("config", "get", "weavePassword").stdout.rstrip("\n")
    before = cluster.on("slave-1", FILES), cluster.on("slave-1", f"sudo sh -c '{PIDS}'")
    scripts = {
        str(found["urn"]).rsplit("::", 1)[1]: str(found["inputs"]["create"])
        for found in cluster.resources()
        if found["type"] == COMMAND and str(found["urn"]).rsplit("::", 1)[1].startswith("slave-1-")
    }
    weave = ("weave-binaries", "weave-bridge", "docker", "weave-router", "leftovers", "weave-peers")
    steps = ("base-packages", "base-sysctl", "container-firewall", "logins", *weave, "gate")
    assert set(scripts) == {f"slave-1-{step}" for step in steps}
    for name, script in scripts.items():
        cluster.on("slave-1", script, stdin=password if name.endswith("-router") else "")
    assert before == (cluster.on("slave-1", FILES), cluster.on("slave-1", f"sudo sh -c '{PIDS}'"))


def test_make_ssh_runs_a_command_and_passes_on_what_it_printed_and_how_it_ended(cluster: ProjectCopy) -> None:
    assert cluster.make("ssh", "NODE=slave-2", "CMD=echo $(hostname); echo it\\'s").stdout == "slave-2\nit's\n"
    assert "Error 7" in cluster.make("ssh", "NODE=slave-2", "CMD=exit 7", check=False).stdout
    missing = cluster.make("ssh", "NODE=slave-9", check=False)
    assert missing.returncode != 0
    assert "NODE is slave-9: use one of master-1, slave-1, slave-2" in missing.stdout


def key_of(folder: Path, name: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name, "-C", name], check=True)
    return folder / name


def login(cluster: ProjectCopy, key: Path, command: str, *, user: str = "") -> "subprocess.CompletedProcess[str]":
    """Log in to slave-1 with a key of one's own: as this user, or as `up` does."""
    node = cluster.stack.nodes()["slave-1"]
    options = ("BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
    words = [word for option in options for word in ("-o", option)]
    return cluster.run(
        "ssh",
        *words,
        "-o",
        "LogLevel=ERROR",
        "-i",
        str(key),
        f"{user or node.user}@{node.host}",
        command,
        check=False,
    )


def machine(cluster: ProjectCopy) -> list[str]:
    """What a restart of a service or of the machine, or another machine, would change, node by node."""
    running = "cat /proc/sys/kernel/random/boot_id; systemctl show -p MainPID --value ssh docker weave"
    return [cluster.on(node, running) + instance_id(cluster, node) for node in ("master-1", "slave-1", "slave-2")]


def test_an_admin_logs_in_with_an_own_key_and_nothing_of_them_runs_after_their_removal(
    cluster: ProjectCopy, tmp_path: Path
) -> None:
    key, before = key_of(tmp_path, "alice"), machine(cluster)
    cluster.pulumi("config", "set", "--path", "admins.alice", key.with_suffix(".pub").read_text())
    cluster.up()
    assert login(cluster, key, "id -un; sudo id -un", user="alice").stdout == "alice\nroot\n"
    login(cluster, key, "sudo sh -c 'nohup sleep 7654 >/dev/null 2>&1 &'", user="alice")
    assert cluster.on("slave-1", "pgrep -fx 'sleep 7654'")
    cluster.pulumi("config", "set", "--path", "admins.daemon", key.with_suffix(".pub").read_text())
    assert "admins has daemon, but this machine has a login of that name" in cluster.up(check=False).stdout
    cluster.pulumi("config", "rm", "admins")
    cluster.up()
    assert "Permission denied" in login(cluster, key, "id", user="alice").stdout
    assert cluster.on("slave-1", "pgrep -u alice; pgrep -fx 'sleep 7654'; echo none") == "none"
    assert before == machine(cluster)


def test_the_key_of_up_rotates_though_it_was_cut_off_and_no_node_is_replaced_or_restarted(
    cluster: ProjectCopy, tmp_path: Path
) -> None:
    before, old = machine(cluster), tmp_path / "old"
    old.write_text((cluster.folder / ".keys/sandbox").read_text())
    old.chmod(0o600)
    rotating = cluster.start("make", "rotate", "KEY=ssh")
    assert rotating.stdout is not None
    for line in rotating.stdout:
        if line.startswith("ssh 3/"):
            break
    os.killpg(rotating.pid, signal.SIGKILL)
    rotating.wait()
    assert login(cluster, old, "echo in").stdout == "in\n"
    printed = cluster.make("rotate", "KEY=ssh").stdout
    assert "all 3 nodes accept the new key and refuse the old one" in printed
    assert "Permission denied" in login(cluster, old, "id").stdout
    assert before == machine(cluster)
    until(cluster.well, "the cluster is well with its new key")


def test_a_node_that_shows_another_host_key_is_not_spoken_to(cluster: ProjectCopy) -> None:
    mine, theirs = "/etc/ssh/ssh_host_ecdsa_key", "/root/true_host_key"
    new = f"mv {mine} {theirs} && ssh-keygen -q -t ecdsa -N '' -f {mine} && systemctl restart ssh"
    # Whoever minds host keys can't log in to put the true one back: it waits for a knock on a port instead.
    back = f"systemd-run sh -c 'busybox nc -l -p 7777 </dev/null; mv {theirs} {mine}; systemctl restart ssh'"
    cluster.on("slave-2", f"sudo sh -c {shlex.quote(f'{back} && {new}')}")
    try:
        refused = cluster.make("ssh", "NODE=slave-2", "CMD=true", check=False)
        said = cluster.make("status", check=False).stdout
    finally:
        cluster.within("slave-2", "bash", "-c", "</dev/tcp/127.0.0.1/7777")
    assert refused.returncode != 0
    assert "Host key verification failed" in refused.stdout
    assert "slave-2: no SSH connection" in said
    until(cluster.well, "slave-2 shows its own key again")


def test_status_names_a_router_that_is_down_and_ends_with_1(cluster: ProjectCopy) -> None:
    cluster.on("slave-2", "sudo systemctl stop weave")
    said = cluster.make("status", check=False)
    assert said.returncode != 0
    assert "slave-2: the router does not answer" in said.stdout
    cluster.on("slave-2", "sudo systemctl start weave")
    until(cluster.well, "the cluster is well again")


@pytest.mark.parametrize("node", ["slave-1", "master-1"])
def test_after_a_reboot_traffic_returns_by_itself(cluster: ProjectCopy, node: str) -> None:
    boot = cluster.on(node, "cat /proc/sys/kernel/random/boot_id; systemctl show -p UserspaceTimestampMonotonic")
    cluster.run(".venv/bin/python", "-m", "sandbox", "reboot", node)
    until(cluster.well, f"the cluster is well after a reboot of {node}")
    again = cluster.on(node, "cat /proc/sys/kernel/random/boot_id; systemctl show -p UserspaceTimestampMonotonic")
    assert boot != again
    until(lambda: cluster.on(node, "systemctl is-system-running || true") == "running", f"{node} runs in full")


def test_after_a_restart_of_docker_traffic_returns_by_itself(cluster: ProjectCopy) -> None:
    router = cluster.on("slave-1", "systemctl show -p MainPID --value weave")
    cluster.on("slave-1", "sudo systemctl restart docker")
    until(cluster.well, "the cluster is well after docker's restart")
    assert cluster.on("slave-1", "systemctl show -p MainPID --value weave") == router


def test_a_change_rolls_stops_at_the_node_that_fails_and_goes_on_from_there(cluster: ProjectCopy) -> None:
    unit = "/etc/systemd/system/weave.service"
    applied = "date -r /var/lib/apollo/steps/weave-router +%s.%N"
    before = cluster.on("slave-2", applied)
    cluster.pulumi("config", "set", "weaveFastDatapath", "off")
    # What is mounted can't be replaced.
    cluster.on("slave-1", f"sudo mount --bind {unit} {unit}")
    try:
        failed = cluster.up(check=False)
    finally:
        cluster.on("slave-1", f"sudo umount {unit}")
    assert cluster.on("slave-2", applied) == before
    assert failed.returncode != 0
    assert "changes to nodes that exist roll: master-1, then slave-1, slave-2" in failed.stdout
    assert "the roll stopped at slave-1; done: master-1; not changed: slave-2." in failed.stdout
    cluster.up()
    times = [float(cluster.on(node, applied)) for node in ("master-1", "slave-1", "slave-2")]
    assert times == sorted(times)
    until(cluster.well, "the cluster is well after the roll")
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def set_sandbox(cluster: ProjectCopy, which: str, *settings: str) -> None:
    """Change the account's limits, or how slow the API and the hosts are."""
    cluster.run(".venv/bin/python", "-m", "sandbox", which, *settings)


def test_a_third_slave_is_previewed_alone_refused_for_its_quota_and_joins_late_while_the_others_stay(
    cluster: ProjectCopy,
) -> None:
    before = cluster.on("slave-1", FILES), cluster.on("slave-1", f"sudo sh -c '{PIDS}'")
    cluster.pulumi("config", "set", "slaveCount", "3")
    preview = json.loads(cluster.pulumi("preview", "--json").stdout)
    ops = {step["urn"].rsplit("::", 1)[1]: step["op"] for step in preview["steps"]}
    changed = {name: op for name, op in ops.items() if op not in ("same", "read")}
    others = {name for name in changed if not name.startswith("slave-3")}
    assert others <= {"master-1-weave-peers", "master-1-gate", "apollo-sandbox"}
    assert changed["master-1-weave-peers"] == "update"
    assert changed["slave-3"] == "create"
    set_sandbox(cluster, "limit", "vcpus=6")
    refused = cluster.up(check=False)
    assert refused.returncode != 0
    assert "VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 6" in (
        refused.stdout
    )
    assert (
        "What to do:\n  slave-3: AWS refuses more than 6 vCPUs of On-Demand instances in us-east-1: request an "
        "increase in Service Quotas (code L-1216C47A), or choose a smaller slaveInstanceType or slaveCount"
    ) in refused.stdout
    set_sandbox(cluster, "limit", "vcpus=8")
    set_sandbox(cluster, "slow", "boot=5", "sshd=5", "burst=3", "rate=4")
    cluster.up()
    set_sandbox(cluster, "slow", "boot=", "sshd=", "burst=", "rate=")
    set_sandbox(cluster, "limit", "vcpus=")
    until(cluster.well, "the cluster is well with a third slave")
    assert before == (cluster.on("slave-1", FILES), cluster.on("slave-1", f"sudo sh -c '{PIDS}'"))


def test_a_step_that_fails_names_node_step_and_status_after_the_nodes_before_it(cluster: ProjectCopy) -> None:
    cluster.on("slave-3", "sudo mount --bind /etc/default /etc/default && sudo mount -o remount,bind,ro /etc/default")
    cluster.pulumi("config", "set", "weaveMtu", "1300")
    failed = cluster.up(check=False)
    assert failed.returncode != 0
    assert "slave-3-docker" in failed.stdout
    assert "exit status 1" in failed.stdout
    assert "Read-only file system" in failed.stdout
    assert "Traceback" not in failed.stdout
    for node in ("slave-1", "slave-2", "master-1"):
        assert "--mtu=1300" in cluster.on(node, "cat /etc/default/docker")
    cluster.on("slave-3", "sudo umount /etc/default")
    cluster.up()
    assert "--mtu=1300" in cluster.on("slave-3", "cat /etc/default/docker")
    assert "--mtu 1300 " in cluster.on("slave-3", ROUTER)
    until(cluster.well, "the cluster is well with another MTU")


def test_an_engine_killed_in_the_middle_is_followed_by_an_up_that_goes_on(cluster: ProjectCopy) -> None:
    cluster.pulumi("config", "set", "slaveCount", "4")
    killed = cluster.start("./pulumiw", "up", "--yes", "--skip-preview", "-s", "sandbox")
    try:
        until(lambda: "slave-4" in cluster.names(INSTANCE), "the new instance is in the state")
        (cli,) = psutil.Process(killed.pid).children()
        refused = cluster.up(check=False)
        assert refused.returncode != 0
        assert str(cli.pid) in refused.stdout
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    until(lambda: not cli.is_running() or cli.status() == psutil.STATUS_ZOMBIE, "the CLI ends with ./pulumiw")
    instance = instance_id(cluster, "slave-4")
    cluster.up()
    assert instance_id(cluster, "slave-4") == instance
    assert "slave-4-gate" in cluster.names(COMMAND)
    until(cluster.well, "the cluster is well with a fourth slave")


def instance_id(cluster: ProjectCopy, name: str) -> str:
    found = [
        item["id"] for item in cluster.resources() if item["type"] == INSTANCE and item["urn"].endswith(f"::{name}")
    ]
    assert len(found) == 1
    return str(found[0])


def test_retiring_a_slave_from_the_middle_touches_nobody_else(cluster: ProjectCopy) -> None:
    others = {name: instance_id(cluster, name) for name in ("slave-1", "slave-3", "slave-4")}
    before = cluster.on("slave-3", FILES)
    cluster.pulumi("config", "set", "--path", "retiredSlaves[0]", "2")
    cluster.up()
    assert cluster.names(INSTANCE) == {"master-1", "slave-1", "slave-3", "slave-4"}
    assert others == {name: instance_id(cluster, name) for name in others}
    assert before == cluster.on("slave-3", FILES)
    until(cluster.well, "the cluster is well without slave-2")


def archive(path: Path) -> str:
    """A tar.gz with the router's stand-ins at `path`; its SHA-256."""
    with tarfile.open(path, "w:gz") as out:
        for program in ("weaver", "weaveutil"):
            content = executable(program)
            member = tarfile.TarInfo(program)
            member.size, member.mode = len(content), 0o755
            out.addfile(member, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_router_with_another_digest_is_not_installed_and_one_from_a_file_is(
    cluster: ProjectCopy, tmp_path: Path
) -> None:
    path = tmp_path / "weaver.tar.gz"
    digest = archive(path)
    address = f"{VPC}.0.1"
    server = subprocess.Popen(
        ["python3", "-u", "-m", "http.server", "--bind", address, "--directory", str(tmp_path), "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().split(" port ")[1].split()[0]
        cluster.pulumi("config", "set", "weaverUrl", f"http://{address}:{port}/weaver.tar.gz")
        cluster.pulumi("config", "set", "weaverSha256", "a" * 64)
        failed = cluster.up(check=False)
    finally:
        server.kill()
        server.wait()
    assert failed.returncode != 0
    assert f"but the file has {digest}: nothing was installed" in failed.stdout
    assert (
        cluster.on("slave-1", "sha256sum </usr/local/bin/weaver").split()[0]
        == hashlib.sha256(executable("weaver")).hexdigest()
    )
    cluster.pulumi("config", "set", "weaverUrl", f"file://{path}")
    cluster.pulumi("config", "set", "weaverSha256", digest)
    cluster.up()
    outputs = json.loads(cluster.pulumi("stack", "output", "--json").stdout)
    assert outputs["nodes"]["slave-1"]["weaverDigest"] == digest
    until(cluster.well, "the cluster is well with a router from a file")


def test_bad_config_is_refused_before_anything_is_touched(cluster: ProjectCopy) -> None:
    before = timeless(cluster)
    cluster.pulumi("config", "set", "masterCount", "2")
    refused = cluster.up(check=False)
    cluster.pulumi("config", "set", "masterCount", "1")
    assert refused.returncode != 0
    assert "masterCount is 2: use an odd number (1, 3, 5 or 7)" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert " - " not in refused.stdout
    assert before == timeless(cluster)


def timeless(cluster: ProjectCopy) -> object:
    """The stack's resources without what another write of the same state changes: times and encrypted texts."""

    def kept(found: dict[str, object]) -> dict[str, object]:
        return {key: value for key, value in found.items() if key not in ("modified", "ciphertext")}

    return json.loads(json.dumps(cluster.resources()), object_hook=kept)


def test_destroy_ends_well_with_a_host_dead(cluster: ProjectCopy) -> None:
    cluster.run(".venv/bin/python", "-m", "sandbox", "kill", "slave-1")
    cluster.make("destroy")
    assert cluster.resources() == []


def test_clean_leaves_nothing_on_the_machine(cluster: ProjectCopy) -> None:
    home = Home(cluster.folder)
    cluster.make("clean")
    shown = partial(subprocess.run, capture_output=True, text=True, check=True)
    assert home.name not in shown(["ip", "netns", "list"]).stdout
    assert home.name not in shown(["ip", "link", "show"]).stdout
    assert f"{VPC}." not in shown(["ip", "route", "show"]).stdout
    assert str(cluster.folder) not in Path("/proc/self/mountinfo").read_text()
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/environ") if readable(path)]
    assert not any(str(home.dir).encode() in environ for environ in running)
    config = (cluster.folder / "Pulumi.sandbox.yaml").read_text()  # kept: its ranges are not the defaults
    assert "secure" not in config
    assert not (cluster.folder / ".keys/sandbox").exists()


def readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True
