"""Real hosts, ordered from the EC2 API."""

import base64
import os
import signal
import socket
import subprocess

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.cloud import client
from sandbox.home import Home
from tests.e2e.conftest import RANGES, VPC, sandbox_command
from tests.e2e.hosts.cluster import METADATA, Cluster, until

ONE, TWO, GATEWAY = f"{VPC}.0.10", f"{VPC}.0.11", f"{VPC}.0.1"
REGISTRY = f"{GATEWAY}:5000"
SECONDS = "X-aws-ec2-metadata-token-ttl-seconds"


@pytest.fixture(scope="module")
def cluster(sandbox: Home, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """Two hosts, up."""
    assert client.alive(sandbox)
    made = Cluster.make(tmp_path_factory.mktemp("cluster"), RANGES["vpcCidr"])
    made.run("one", ONE)
    made.run("two", TWO)
    made.until_running(ONE)
    made.until_running(TWO)
    return made


def traces(home: Home) -> str:
    """Whatever this machine still has of a sandbox: processes, mounts, namespaces, links, routes, groups."""
    found = []
    for command in (
        ["ps", "-ww", "-eo", "pid,args"],
        ["cat", "/proc/mounts"],
        ["ip", "netns"],
        ["ip", "link"],
        ["ip", "route"],
        ["find", "/sys/fs/cgroup", "-name", f"{home.name}*"],
    ):
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        found += [line for line in lines if home.name in line or str(home.dir) in line]
    return "\n".join(found)


def test_user_data_and_key_pair_reach_the_host_through_cloud_init(cluster: Cluster) -> None:
    assert cluster.output(ONE, "cat /etc/from-user-data") == "hello"
    assert cluster.output(ONE, "sudo id -u") == "0"
    assert cluster.output(ONE, "hostname") == "ip-10-77-0-10"
    assert cluster.output(ONE, "cloud-init status") == "status: done"


def test_hosts_have_keys_of_their_own_and_reach_each_other(cluster: Cluster) -> None:
    keys = {cluster.output(host, "cat /etc/ssh/ssh_host_ed25519_key.pub /etc/machine-id") for host in (ONE, TWO)}
    assert len(keys) == 2
    assert "1 received" in cluster.output(ONE, f"ping -c 1 {TWO}")


def test_root_cannot_log_in_and_nobody_by_password(cluster: Cluster) -> None:
    settings = cluster.output(ONE, "sudo sshd -T").splitlines()
    assert {"permitrootlogin no", "passwordauthentication no"} <= set(settings)


def opened(port: int) -> bool:
    """Whether this machine reaches a port of ONE. One that is closed answers nothing, not even a refusal."""
    try:
        socket.create_connection((ONE, port), timeout=2).close()
    except TimeoutError:
        return False
    return True


def test_a_port_is_open_while_a_rule_opens_it_and_not_by_what_root_on_the_host_does(cluster: Cluster) -> None:
    cluster.output(ONE, "sudo systemd-run --unit web busybox httpd -f -p 8000")
    assert "404" in cluster.output(TWO, f"curl -s http://{ONE}:8000/"), "members of the group reach each other"
    cluster.output(ONE, "sudo iptables -F; sudo iptables -P INPUT ACCEPT; sudo systemctl restart docker")
    assert not opened(8000)
    source = {"IpRanges": [{"CidrIp": f"{GATEWAY}/32"}]}
    rule = [{"IpProtocol": "tcp", "FromPort": 7999, "ToPort": 8000, **source}]
    cluster.ec2.authorize_security_group_ingress(GroupId=cluster.group, IpPermissions=rule)
    assert opened(8000)
    cluster.ec2.revoke_security_group_ingress(GroupId=cluster.group, IpPermissions=rule)
    assert not opened(8000)


def test_docker_pulls_from_the_registry_and_runs_a_container(cluster: Cluster) -> None:
    image = f"{REGISTRY}/weave:2.9.0"
    assert "Digest: sha256:" in cluster.output(ONE, f"sudo docker pull {image}")
    cluster.output(
        ONE, f"id=$(sudo docker create {image}) && sudo docker cp $id:/home/weave/weaver . && test -x weaver"
    )
    box = "mkdir -p box/bin && cp /bin/busybox box/bin/ && tar -C box -c . | sudo docker import - box:1"
    cluster.output(ONE, box)
    assert cluster.output(ONE, "sudo docker run --rm box:1 /bin/busybox echo from a container") == "from a container"


@pytest.mark.parametrize(
    ("options", "host", "container"),
    [
        ({"HttpTokens": "required"}, ["200", "401"], ["none", "401"]),
        ({"HttpTokens": "required", "HttpPutResponseHopLimit": 2}, ["200", "401"], ["200", "401"]),
        ({"HttpTokens": "optional"}, ["200", "200"], ["none", "200"]),
        ({"HttpEndpoint": "disabled"}, ["403", "403"], ["403", "403"]),
    ],
)
def test_a_host_and_a_container_on_it_get_tokens_and_user_data_as_the_instances_options_have_it(
    cluster: Cluster, options: dict[str, str | int], host: list[str], container: list[str]
) -> None:
    """`host` and `container`: the status of the answer with a token, and of user data read without one.

    The container is in a network of docker's. It waits two seconds for an answer.
    """
    own = [{"Name": "private-ip-address", "Values": [ONE]}, {"Name": "instance-state-name", "Values": ["running"]}]
    instance = cluster.ec2.describe_instances(Filters=own)["Reservations"][0]["Instances"][0]["InstanceId"]
    cluster.ec2.modify_instance_metadata_options(InstanceId=instance, **METADATA | options)
    script = "".join(
        f"printf '{request}\\r\\n\\r\\n' | /bin/busybox timeout 2 /bin/busybox nc 169.254.169.254 80 >answer\n"
        "read -r version status reason <answer; echo ${status:-none}; status=\n"
        for request in (f"PUT /latest/api/token HTTP/1.0\\r\\n{SECONDS}: 60", "GET /latest/user-data HTTP/1.0")
    )
    assert cluster.output(ONE, f"/bin/busybox sh <<'END'\n{script}END").split() == host
    inside = f"sudo docker run --rm -i box:1 /bin/busybox sh <<'END'\n{script}END"
    assert cluster.output(ONE, inside).split() == container
    cluster.ec2.modify_instance_metadata_options(InstanceId=instance, **METADATA)


def test_a_reboot_from_inside_brings_the_host_back_with_its_disk(cluster: Cluster) -> None:
    before = cluster.output(ONE, "touch kept; cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1")
    cluster.ssh(ONE, "sudo systemctl reboot")
    until(lambda: cluster.ssh(ONE, "stat -c %Y /proc/1").stdout.strip() not in ("", before.split()[-1]), "a new boot")
    cluster.until_running(ONE)
    cluster.output(ONE, "test -e kept")
    assert cluster.output(ONE, "sudo docker images -q box") != ""


def test_a_host_without_power_is_unreachable_until_it_is_rebooted(cluster: Cluster, sandbox: Home) -> None:
    cluster.output(TWO, "sudo ip link add kept type bridge")
    hold = f"exec 3<>/dev/tcp/{TWO}/22; head -n 1 <&3 >&2; exec sleep 600"
    cluster.output(ONE, f"nohup bash -c '{hold}' 2>greeting >/dev/null & until [ -s greeting ]; do sleep 0.1; done")
    sandbox_command("kill", "two")
    rows = {row["name"]: row for row in client.call(sandbox, "GET", "hosts")}
    assert cluster.ssh(TWO, "true").returncode == 255
    assert rows["one"]["on"]
    assert cluster.output(ONE, f"ss -Htn state established dst {TWO}"), "a machine without power says no farewell"
    sandbox_command("reboot", "two")
    cluster.until_running(TWO)
    assert "kept" not in cluster.output(TWO, "ip -o link"), "a machine that boots has a network of its own making"


def test_a_stopped_instance_keeps_its_disk_and_address_and_boots_with_new_user_data(cluster: Cluster) -> None:
    instance = cluster.run("three", f"{VPC}.0.13")
    cluster.until_running(f"{VPC}.0.13")
    cluster.output(f"{VPC}.0.13", "touch kept && sync")
    cluster.ec2.stop_instances(InstanceIds=[instance])
    until(lambda: cluster.state(instance) == "stopped", "stopped")
    changed = base64.b64encode(b"#cloud-config\nbootcmd: [touch /etc/booted-again]\n")
    cluster.ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": changed})
    cluster.ec2.start_instances(InstanceIds=[instance])
    cluster.until_running(f"{VPC}.0.13")
    cluster.output(f"{VPC}.0.13", "test -e kept && test -e /etc/booted-again")
    cluster.terminate(instance)


def test_a_terminated_instance_gives_its_address_to_the_next(cluster: Cluster, sandbox: Home) -> None:
    first = cluster.run("four", f"{VPC}.0.14")
    cluster.until_running(f"{VPC}.0.14")
    cluster.terminate(first)
    assert "four" not in traces(sandbox)
    second = cluster.run("four", f"{VPC}.0.14")
    cluster.until_running(f"{VPC}.0.14")
    assert second != first
    cluster.terminate(second)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"{VPC}.0.3", "InvalidParameterValue"),
        (f"{VPC}.15.255", "InvalidParameterValue"),
        (f"{VPC}.16.10", "InvalidParameterValue"),
        (ONE, "InvalidIPAddress.InUse"),
    ],
)
def test_an_address_that_aws_refuses_is_refused(cluster: Cluster, address: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        cluster.run("refused", address)
    assert refused.value.response["Error"]["Code"] == code


def test_a_subnet_with_instances_cannot_be_deleted(cluster: Cluster) -> None:
    with pytest.raises(ClientError, match="DependencyViolation"):
        cluster.ec2.delete_subnet(SubnetId=cluster.subnet)


@pytest.mark.usefixtures("sandbox")
def test_a_client_without_the_sandboxs_key_is_refused() -> None:
    stranger = boto3.client("ec2", aws_access_key_id="SOMEBODYELSESKEYID", aws_secret_access_key="x")
    with pytest.raises(ClientError, match="AuthFailure"):
        stranger.describe_instances()


@pytest.mark.usefixtures("cluster")
def test_start_is_idempotent_and_a_dead_daemon_leaves_nothing_after_clean(sandbox: Home) -> None:
    assert "runs already" in sandbox_command("start").stdout
    said = sandbox.cloud()
    assert said
    os.kill(said["pid"], signal.SIGKILL)
    until(lambda: not client.alive(sandbox), "the daemon's end")
    status = sandbox_command("status", check=False)
    assert (status.returncode, "its daemon died" in status.stderr) == (1, True)
    assert "one" in traces(sandbox)
    sandbox_command("clean")
    assert traces(sandbox) == ""
    assert [path.name for path in sandbox.dir.iterdir()] == ["passphrase"]

    ranges = [f"--range={key}={cidr}" for key, cidr in RANGES.items()]
    sandbox_command("start", *ranges)
    assert client.call(sandbox, "GET", "hosts") == []
