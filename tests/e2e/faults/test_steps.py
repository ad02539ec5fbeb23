"""Steps that go wrong on one node of a cluster, in ways in which no step ends by itself."""

import pytest

from bench.workspace import ProjectCopy
from tests.e2e.faults.breaking import edited, instead_of, new_admin, recovered, refused
from tests.e2e.faults.conftest import Recorder

_CUT = """pid=$$
while [ "$(cat /proc/$pid/comm)" != sshd ]; do pid=$(cut -d ' ' -f 4 /proc/$pid/stat); done
kill -KILL "$pid"
sleep 5
exec /usr/sbin/useradd "$@"
"""
"""Ends the process of sshd that serves this connection, and goes on."""
_BOUND = 20
_FILL = """sudo sh -ec '
  cp -a /var/lib/apollo/steps /run/steps
  mount -t tmpfs -o size=1M none /var/lib/apollo
  mv /run/steps /var/lib/apollo
  head -c 2M /dev/zero >/var/lib/apollo/filler || true
'"""
"""A full disk where steps write what they put in place."""
_MIRROR = """
mkdir -p /srv/mirror /srv/jq/DEBIAN /srv/jq/usr/bin
cp /usr/bin/jq /srv/jq/usr/bin/
printf 'Package: jq\\nVersion: 99\\nArchitecture: all\\nMaintainer: me\\nDescription: jq\\n' >/srv/jq/DEBIAN/control
dpkg-deb --build --root-owner-group /srv/jq /srv/mirror/jq.deb
cd /srv/mirror
{
  cat /srv/jq/DEBIAN/control
  echo Filename: ./jq.deb
  echo Size: $(stat -c %s jq.deb)
  echo SHA256: $(sha256sum jq.deb | cut -d ' ' -f 1)
} >Packages
dpkg --purge --force-depends jq
rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] http://127.0.0.1:8000 ./' >/etc/apt/sources.list
"""
"""Removes jq, and leaves a mirror with it on the node's own disk, which nothing serves yet."""


def test_a_connection_cut_in_mid_step_names_the_node_and_the_step_and_the_next_up_goes_on(
    cluster: ProjectCopy, record: Recorder
) -> None:
    admin = new_admin(cluster)
    with instead_of(cluster, "slave-1", "useradd", _CUT):
        failed = cluster.up(check=False)
    assert failed.returncode != 0
    assert "slave-1: step logins lost its connection before it ended" in failed.stdout
    assert "the roll stopped at slave-1; done: master-1; not changed: none." in failed.stdout
    seconds = recovered(cluster)
    for node in ("master-1", "slave-1"):
        assert cluster.on(node, f"id -un {admin}") == admin
    record(
        fault="a node's SSH connection is cut in the middle of a step",
        held="`up` names the node and the step, the node before it is done, and the next `make up` converges",
        seconds=seconds,
    )


@pytest.mark.long
def test_a_step_that_does_not_end_is_stopped_at_its_bound_and_named(cluster: ProjectCopy, record: Recorder) -> None:
    new_admin(cluster)
    with edited(cluster, "infra/services/logins.py", "name=NAME,", f"name=NAME, seconds={_BOUND},"):
        with instead_of(cluster, "slave-1", "useradd", "exec sleep 4321"):
            failed = cluster.up(check=False)
        assert failed.returncode != 0
        assert f"slave-1 logins: did not end within {_BOUND} s and was stopped" in failed.stdout
        assert cluster.on("slave-1", "pgrep -fx 'sleep 4321' || echo none") == "none"
        seconds = recovered(cluster)
    record(
        fault=f"a step never ends, with a bound of {_BOUND} s; a step's own is 15 minutes",
        held="the node stops it with all that it started; `up` names node, step and bound; the next one converges",
        seconds=seconds,
    )


@pytest.mark.long
def test_a_line_of_70_kb_in_the_output_of_a_step_hides_no_reason_and_stops_no_step(
    cluster: ProjectCopy, record: Recorder
) -> None:
    admin = new_admin(cluster)
    line = "head -c 70000 /dev/zero | tr '\\0' x; echo"
    with instead_of(cluster, "slave-1", "useradd", f"{line}; echo 'no more logins here'; exit 9"):
        failed = cluster.up(check=False)
    assert failed.returncode != 0
    assert "slave-1: step logins failed with exit status 9" in failed.stdout
    assert "no more logins here" in failed.stdout
    with instead_of(cluster, "slave-1", "useradd", f'{line}; {line} >&2; exec /usr/sbin/useradd "$@"'):
        seconds = recovered(cluster)
    assert cluster.on("slave-1", f"id -un {admin}") == admin
    record(
        fault="a step prints 70 KB in one line",
        held="a step that fails ends with its reason, and one that succeeds goes on",
        seconds=seconds,
    )


def test_a_full_disk_leaves_every_file_whole_and_the_step_runs_again_when_there_is_room(
    cluster: ProjectCopy, record: Recorder
) -> None:
    admin, sudoers = (
        new_admin(cluster),
        "sudo sha256sum /etc/sudoers.d/apollo-admins /home/admin/.ssh/authorized_keys",
    )
    before = cluster.on("slave-1", sudoers)
    cluster.on("slave-1", _FILL)
    try:
        failed = cluster.up(check=False)
        assert cluster.on("slave-1", "ls -A /var/lib/apollo").split() == ["filler", "steps"]
    finally:
        cluster.on("slave-1", "sudo umount /var/lib/apollo")
    assert failed.returncode != 0
    assert "slave-1: step logins failed with exit status 1" in failed.stdout
    assert "No space left on device" in failed.stdout
    assert "could not be written, for the reason above: is a disk of the node full?" in failed.stdout
    assert cluster.on("slave-1", sudoers) == before
    seconds = recovered(cluster)
    assert cluster.on("slave-1", f"id -un {admin}") == admin
    record(
        fault="the disk of a node is full",
        held="`up` names the node, the step and the file; no file is half written, and nothing is left behind",
        seconds=seconds,
    )


@pytest.mark.long
def test_without_the_registry_a_node_keeps_the_router_that_it_runs(cluster: ProjectCopy, record: Recorder) -> None:
    image = cluster.stack.output("nodes")["slave-1"]["weaverDigest"]
    router = "systemctl show --property MainPID --value weave"
    before = cluster.on("slave-1", router)
    cluster.pulumi("config", "set", "weaveImage", image)
    with refused(cluster, "slave-1", 5000):
        failed = cluster.up(check=False)
    assert failed.returncode != 0
    assert f"slave-1 weave-binaries: weaveImage could not be pulled on this node: {image}" in failed.stdout
    assert cluster.on("slave-1", router) == before
    seconds = recovered(cluster)
    record(
        fault="a node does not reach the registry",
        held="`up` names the node and the image, its router goes on with the programs that it has, and the next `up` "
        "converges",
        seconds=seconds,
    )


@pytest.mark.long
def test_without_its_package_mirror_a_node_is_named_and_it_installs_what_it_lacks_when_the_mirror_is_back(
    cluster: ProjectCopy, record: Recorder
) -> None:
    cluster.on("slave-1", "sudo sh -e", stdin=_MIRROR)
    with edited(cluster, "templates/base/base-packages.apply.sh", "missing=()", "missing=()\n:"):
        failed = cluster.up(check=False)
        assert failed.returncode != 0
        assert "slave-1 base-packages: apt-get could not install jq: see above, then run up again" in failed.stdout
        cluster.on("slave-1", "sudo systemd-run --unit mirror busybox httpd -f -p 127.0.0.1:8000 -h /srv/mirror")
        seconds = recovered(cluster)
    assert cluster.on("slave-1", "jq --null-input 1; dpkg-query --show jq") == "1\njq\t99"
    record(
        fault="a node does not reach the package mirror, and lacks a package",
        held="`up` names the node and the package, and the next one installs it from the mirror",
        seconds=seconds,
    )
