"""`make doctor` sees what somebody changed by hand on a node or in the cloud, and `make repair` mends that alone."""

import re
import shlex
from collections.abc import Iterator, Mapping

import pytest

from bench.workspace import WEAVE, ProjectCopy
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import INSIDE, ec2

SECRET = "known-to-somebody-else"
BRIDGE = f"{WEAVE}.0.0/16"
BY_HAND = rf"""
sed -i 's/--mtu=/--debug --mtu=/' /etc/default/docker
chmod 666 /etc/consul/servers.json
systemctl disable --quiet --now registrator
sysctl --quiet --write net.ipv4.tcp_retries2=9
ip route delete {BRIDGE} dev weave
weave forget $(weave status targets)
iptables --wait -t nat -D POSTROUTING -s {BRIDGE} ! -o weave -j MASQUERADE
echo {SECRET} >/etc/weave/password
echo >>/usr/local/bin/weaveutil
echo 'nameserver 192.0.2.1' >/etc/resolv.conf
docker rm --force haproxy >/dev/null
systemctl stop haproxy
docker run --detach --name haproxy apollo/probe:1 sleep 1000 >/dev/null
"""
SEEN = {
    "base-sysctl": "kernel settings",
    "weave-binaries": "programs of the router",
    "weave-bridge": "bridge weave",
    "docker": "/etc/default/docker",
    "weave-router": "/etc/weave/password",
    "weave-peers": "peers that the router dials",
    "consul-servers": "/etc/consul/servers.json",
    "dns": "resolver of the node",
    "registrator": "unit registrator",
    "haproxy": "container haproxy",
}
DIFFS = [
    "-net.ipv4.tcp_retries2 = 5\n+net.ipv4.tcp_retries2 = 9\n",
    "-mode 0644, owner root:root\n+mode 0666, owner root:root\n",
    "-state: active\n-at boot: enabled\n+state: inactive\n+at boot: disabled\n",
    f"-route {BRIDGE} proto kernel scope link src {WEAVE}.0.10\n",
    "-masquerade\n",
    "-the content that the config gives\n+other content, which is not shown because it is secret\n",
    "+apollo/probe:1\n",
    "-fromPort: 2181\n",
    '+FromPort: 2375\n+ToPort: 2375\n+CidrIpv4: "0.0.0.0/0"\n',
]
STAMPS = "sudo sh -c 'stat --format \"%n %y\" /var/lib/apollo/steps/*'"


def doctor(cluster: ProjectCopy) -> tuple[int, str]:
    # wide enough for a table without folded cells
    done = cluster.run("env", "COLUMNS=160", ".venv/bin/python", "-m", "ops.doctor", "sandbox", check=False)
    return done.returncode, done.stdout


def stamps(cluster: ProjectCopy, node: str) -> Mapping[str, str]:
    """When each step of the node was last applied, by its name."""
    lines = (line.partition(" ") for line in cluster.on(node, STAMPS).splitlines())
    return {path.rpartition("/")[2]: time for path, _, time in lines}


def revoke(cluster: ProjectCopy, **like: object) -> None:
    """Remove the one rule, to nodes, with these properties."""
    rules = ec2(cluster).describe_security_group_rules(MaxResults=1000)["SecurityGroupRules"]
    (rule,) = (one for one in rules if not one["IsEgress"] and one.items() >= like.items())
    ids = [rule["SecurityGroupRuleId"]]
    ec2(cluster).revoke_security_group_ingress(GroupId=rule["GroupId"], SecurityGroupRuleIds=ids)


def allow(cluster: ProjectCopy, **permission: object) -> None:
    """Add a rule to the security group of all nodes."""
    nodes = {"Name": "description", "Values": ["Apollo: every node of the cluster"]}
    (group,) = ec2(cluster).describe_security_groups(Filters=[nodes])["SecurityGroups"]
    ec2(cluster).authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[permission])


@pytest.fixture(scope="module", autouse=True)
def _well(cluster: ProjectCopy) -> Iterator[None]:
    """As `up` leaves it, whatever the tests before have done by hand, and without the rule that lets the tests in."""
    cluster.pulumi("up", "--yes", "--skip-preview", "--refresh")
    revoke(cluster, CidrIpv4=f"{INSIDE}/32")
    until(cluster.well, "the cluster is well")
    yield
    allow(cluster, IpProtocol="-1", IpRanges=[{"CidrIp": f"{INSIDE}/32"}])


def test_nothing_differs_on_a_cluster_that_nobody_has_changed(cluster: ProjectCopy) -> None:
    status, printed = doctor(cluster)
    assert status == 0, printed
    assert re.fullmatch(r"none of \d{3} checks on 5 nodes differ\n", printed)


def test_every_change_by_hand_is_seen_and_repaired_by_its_own_step_alone(cluster: ProjectCopy) -> None:
    before = {node: stamps(cluster, node) for node in ("slave-1", "slave-2")}
    cluster.on("slave-1", f"sudo bash -c {shlex.quote(BY_HAND)}")
    revoke(cluster, FromPort=2181)
    allow(cluster, IpProtocol="tcp", FromPort=2375, ToPort=2375, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    status, printed = doctor(cluster)
    assert status == 1
    for step, name in SEEN.items():
        assert re.search(rf"slave-1 +│ {step} +│ {name}", printed), f"{step}: {printed}"
    for diff in DIFFS:
        assert diff in printed
    assert SECRET not in printed
    assert cluster.pulumi("config", "get", "weavePassword").stdout.strip() not in printed
    assert not re.search(r"│ (master-\d|slave-2) ", printed)

    repaired = cluster.make("repair", "NODE=slave-1").stdout
    assert "which restarts" in repaired
    assert SECRET not in repaired
    after = {node: stamps(cluster, node) for node in ("slave-1", "slave-2")}
    assert after["slave-2"] == before["slave-2"]
    again = {step for step, time in after["slave-1"].items() if before["slave-1"][step] != time}
    assert again == SEEN.keys() - {"consul-servers"}, "a step without commands has no stamp"

    status, printed = doctor(cluster)
    assert (status, printed.count("│ gone "), printed.count("│ added ")) == (1, 1, 1), printed
    revoke(cluster, FromPort=2375)
    cluster.pulumi("up", "--yes", "--skip-preview", "--refresh")
    assert doctor(cluster)[0] == 0
    until(cluster.well, "the cluster is well again")


def test_a_change_of_the_config_waits_for_up_and_is_not_repaired(cluster: ProjectCopy) -> None:
    cluster.pulumi("config", "set", "haproxyMaxConnections", "1234")
    try:
        status, printed = doctor(cluster)
        refused = cluster.make("repair", check=False)
    finally:
        cluster.pulumi("config", "rm", "haproxyMaxConnections")
    assert status == 1
    assert "not applied yet" in printed
    assert "that `make up` has not applied: slave-1-" in printed
    assert "make repair" not in printed
    assert refused.returncode != 0
    assert ": runs " not in refused.stdout


def test_nodes_that_do_not_answer_are_named_with_the_rule_that_is_gone(cluster: ProjectCopy) -> None:
    revoke(cluster, FromPort=22)
    try:
        status, printed = doctor(cluster)
    finally:
        cluster.pulumi("up", "--yes", "--skip-preview", "--refresh")
    assert status == 2
    assert len(re.findall(r"^(?:master|slave)-\d: no SSH connection", printed, re.MULTILINE)) == 5
    assert "(SecurityGroupIngressRule)" in printed
