"""Where the stack's secrets are: in files of root alone, and in nothing that a command prints or stores."""

import json
import shlex
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.workspace import ProjectCopy
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import configured, ec2

HOST_KEY = "/etc/ssh/ssh_host_ecdsa_key"
FOLDERS = "/etc /usr/local /var /root /home /run /tmp /opt /srv"
READ = "grep -rlFf /dev/shm/secrets --exclude-dir=overlay2"
# Prints the command lines that contain a secret, then the files that do, then those of them that anybody can read.
SCAN = f"""
umask 022
cat >/dev/shm/secrets
for process in /proc/[0-9]*; do
  tr '\\0' ' ' <$process/cmdline 2>/dev/null | grep -Ff /dev/shm/secrets | sed 's/^/command /'
done
{READ} {FOLDERS} 2>/dev/null | sed 's/^/file /'
setpriv --reuid=65534 --regid=65534 --clear-groups {READ} {FOLDERS} 2>/dev/null | sed 's/^/open /'
rm /dev/shm/secrets
"""


def line(key: str) -> str:
    """A line of a private key that no other key has."""
    return key.strip().splitlines()[-2]


@pytest.fixture(scope="module")
def secrets(cluster: ProjectCopy) -> dict[str, str]:
    """A line of each secret of the stack's config, and of the host key of slave-1, by name."""
    config = json.loads(cluster.pulumi("config", "--show-secrets", "--json").stdout)
    found = {key: item["value"].strip() for key, item in config.items() if item.get("secret")}
    found["hostKey"] = cluster.on("slave-1", f"sudo cat {HOST_KEY}")
    return {name: line(value) if "PRIVATE KEY" in value else value for name, value in found.items()}


def leaked(secrets: Mapping[str, str], text: str) -> set[str]:
    return {name for name, secret in secrets.items() if secret in text}


def files(folder: Path, *, without: Collection[str] = ()) -> Iterator[Path]:
    """Every file below a folder, except those of its own folders with these names."""
    for path in folder.iterdir():
        if path.name not in without:
            yield from filter(Path.is_file, path.rglob("*") if path.is_dir() else [path])


@pytest.mark.parametrize(
    "command",
    [
        ("stack", "export"),
        ("stack", "output"),
        ("stack", "output", "--json"),
        ("config",),
        ("preview", "--json"),
        ("preview", "--diff"),
    ],
    ids=" ".join,
)
def test_no_command_prints_a_secret(
    cluster: ProjectCopy, secrets: Mapping[str, str], command: tuple[str, ...]
) -> None:
    assert len(secrets) >= 6
    # Another datacenter changes steps that have secrets, and those without.
    with configured(cluster, consulDatacenter="another"):
        printed = cluster.pulumi(*command).stdout
    assert "apollo" in printed or "consul" in printed
    assert leaked(secrets, printed) == set()


def test_on_the_machine_of_make_a_secret_is_readable_for_its_owner_alone(
    cluster: ProjectCopy, secrets: Mapping[str, str]
) -> None:
    passphrase = (cluster.folder / ".sandbox/passphrase").read_text().strip()
    plain = {**secrets, "passphrase": passphrase}
    own = files(cluster.folder, without=(".venv", ".sandbox"))
    sandbox = files(cluster.folder / ".sandbox", without=("hosts", "registry", "pulumi"))
    holders = {
        path: path.stat().st_mode & 0o777 for path in (*own, *sandbox) if leaked(plain, path.read_text("latin"))
    }
    assert {str(path.relative_to(cluster.folder)) for path in holders} == {".keys/sandbox", ".sandbox/passphrase"}
    assert set(holders.values()) == {0o600}


def test_on_nodes_secrets_are_in_files_for_root_alone_and_in_no_command_line(
    cluster: ProjectCopy, nodes: Mapping[str, str], secrets: Mapping[str, str]
) -> None:
    asked = "\n".join(secrets.values()) + "\n"
    with ThreadPoolExecutor(max_workers=len(nodes)) as pool:
        said = pool.map(lambda node: cluster.on(node, f"sudo bash -c {shlex.quote(SCAN)}", stdin=asked), nodes)
    for node, text in zip(nodes, said, strict=True):
        rows = [row.split(maxsplit=1) for row in text.splitlines()]
        assert {row[1] for row in rows if row[0] == "file"} >= {"/etc/weave/password", "/etc/consul/secrets.json"}
        assert [row for row in rows if row[0] != "file"] == [], node


def test_aws_has_encrypted_disks_and_nothing_for_a_program_of_a_node_to_use(cluster: ProjectCopy) -> None:
    api = ec2(cluster)
    assert {volume["Encrypted"] for volume in api.describe_volumes()["Volumes"]} == {True}
    found = [each for reserved in api.describe_instances()["Reservations"] for each in reserved["Instances"]]
    assert found
    for instance in found:
        assert "IamInstanceProfile" not in instance
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1


def test_a_node_with_another_weave_password_stays_out(cluster: ProjectCopy) -> None:
    dial = "nc -w 3 {} 22 </dev/null >/dev/null 2>&1 && echo reached || echo not"
    reach = f"sudo docker run --rm apollo/probe:1 sh -c '{dial}'"
    master = cluster.on("master-1", "ip -4 -o addr show dev weave | sed 's/.*inet \\([0-9.]*\\).*/\\1/'")
    assert cluster.on("slave-2", reach.format(master)) == "reached"
    password, kept = "/etc/weave/password", "/root/password"
    cluster.on("slave-2", f"sudo cp -p {password} {kept}; echo another-password | sudo tee {password} >/dev/null")
    try:
        cluster.on("slave-2", "sudo systemctl restart weave")
        until(lambda: "failed" in cluster.on("slave-2", "sudo weave status connections"), "it has tried to connect")
        assert "established" not in cluster.on("slave-2", "sudo weave status connections")
        assert cluster.on("slave-2", reach.format(master)) == "not"
    finally:
        cluster.on("slave-2", f"sudo mv {kept} {password}; sudo systemctl restart weave")
    until(cluster.well, "the cluster is well again")
