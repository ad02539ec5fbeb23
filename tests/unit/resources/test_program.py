"""The whole program against a recording engine: what it asks of AWS and of each node."""

import itertools
import json

import pulumi
import pytest

from infra.config.settings import Settings
from infra.config.ssh_keys import public_half
from ops.init import ssh_key
from tests.unit.program import (
    AGENT_TOKEN,
    GOSSIP_KEY,
    HOST_KEY_SECRET,
    IMAGE,
    MANAGEMENT_TOKEN,
    Recording,
    Registered,
    config,
    key_pair,
    launch,
)

NETWORK = ["base-packages", "weave-binaries", "weave-bridge", "docker", "weave-router", "weave-peers", "gate"]
SECRETS = (MANAGEMENT_TOKEN, AGENT_TOKEN, GOSSIP_KEY, HOST_KEY_SECRET, "a password of tests")


def texts(recording: Recording) -> dict[str, object]:
    """Each node's commands with all that would make them run again."""
    return {name: command.inputs for name, command in recording.commands.items()}


def test_every_node_is_a_machine_at_its_planned_address() -> None:
    instances = launch().instances
    assert {name: instance.inputs["privateIp"] for name, instance in instances.items()} == {
        "master-1": "10.0.0.4",
        "master-2": "10.0.32.5",
        "master-3": "10.0.64.6",
        "slave-1": "10.0.0.13",
        "slave-2": "10.0.32.14",
    }


def test_machines_keep_their_metadata_and_disks_to_themselves() -> None:
    for name, instance in launch().instances.items():
        assert instance.inputs["metadataOptions"]["httpTokens"] == "required"
        assert instance.inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1
        assert "iamInstanceProfile" not in instance.inputs
        assert instance.inputs["rootBlockDevice"]["encrypted"] is True
        assert instance.inputs["rootBlockDevice"]["volumeType"] == "gp3"
        assert instance.inputs["tags"] == {"Name": name, "role": name.split("-")[0]}
        assert instance.delete_before_replace


@pytest.mark.parametrize(("allowed", "tokens"), [(False, "required"), (True, "optional")])
def test_instance_metadata_without_a_token_is_for_stacks_that_allow_it(allowed: bool, tokens: str) -> None:
    for instance in launch(config(allowImdsV1=allowed)).instances.values():
        assert instance.inputs["metadataOptions"]["httpTokens"] == tokens


@pytest.mark.parametrize(
    ("system", "parameter", "login"),
    [
        ("debian-12", "/aws/service/debian/release/12/latest/amd64", "admin"),
        ("debian-13", "/aws/service/debian/release/13/latest/amd64", "admin"),
        (
            "ubuntu-24.04",
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
            "ubuntu",
        ),
    ],
)
def test_the_image_is_what_the_vendors_parameter_names_and_its_login_is_used(
    system: str, parameter: str, login: str
) -> None:
    recording = launch(config(os=system))
    assert recording.parameters == [parameter]
    assert {node["user"] for node in recording.outputs["nodes"].values()} == {login}


@pytest.mark.parametrize(
    ("system", "noted"),
    [
        ("debian-12", []),
        ("debian-13", ["os is debian-13: tests on real hosts run its core; debian-12 is tested in full"]),
        (
            "ubuntu-24.04",
            [
                "os is ubuntu-24.04: tests on real hosts run its core, with its docker on Debian 12's other "
                "packages; debian-12 is tested in full"
            ],
        ),
        (
            "ubuntu-22.04",
            ["os is ubuntu-22.04: tests check its files as text only; debian-12 is tested in full"],
        ),
    ],
)
def test_what_tests_do_with_an_os_is_noted_in_one_line_unless_they_do_all(
    system: str, noted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", notes.append)
    launch(config(os=system))
    assert notes == noted


def test_a_vendors_newer_image_replaces_no_machine_but_one_named_in_config_does() -> None:
    vendors = launch().instances["slave-1"]
    assert (vendors.inputs["ami"], vendors.ignore_changes) == (IMAGE, ("ami",))
    named = launch(config(ami="ami-0fedcba9876543210")).instances["slave-1"]
    assert (named.inputs["ami"], named.ignore_changes) == ("ami-0fedcba9876543210", ())


def test_everything_is_tagged_with_project_and_stack() -> None:
    provider = launch().of_type("pulumi:providers:aws")["aws"]
    assert json.loads(provider.inputs["defaultTags"]) == {"tags": {"project": "apollo", "stack": "dev"}}


def test_the_provider_gets_the_profile_the_roles_and_the_accounts_of_the_stacks_config() -> None:
    role = {"roleArn": "arn:aws:iam::123456789012:role/deploy", "sessionName": "apollo"}
    keys = {
        "aws:profile": "work",
        "aws:assumeRoles": json.dumps([role]),
        "aws:allowedAccountIds": '["123456789012"]',
    }
    inputs = launch({**config(), **keys}).of_type("pulumi:providers:aws")["aws"].inputs
    assert inputs["profile"] == "work"
    assert json.loads(inputs["assumeRoles"]) == [role]
    assert json.loads(inputs["allowedAccountIds"]) == ["123456789012"]


def test_a_stack_that_names_no_account_leaves_the_choice_to_the_environment() -> None:
    inputs = launch().of_type("pulumi:providers:aws")["aws"].inputs
    assert not {"profile", "assumeRoles", "allowedAccountIds"} & inputs.keys()


def own(recording: Recording) -> dict[str, Registered]:
    """The commands of the nodes themselves; those of the drains are the first master's."""
    return {name: one for name, one in recording.commands.items() if "create" in one.inputs}


def test_every_node_takes_its_steps_in_order_and_waits_for_no_other_node() -> None:
    commands = launch().commands

    def waits_for(name: str) -> set[str]:
        before = {other for other in commands[name].dependencies if other in commands}
        return before.union(*map(waits_for, before))

    for node in ("master-1", "slave-2"):
        order = [*itertools.pairwise(step for step in NETWORK if step != "docker"), ("docker", "gate")]
        for earlier, later in order:
            assert f"{node}-{earlier}" in waits_for(f"{node}-{later}")
    for name, command in commands.items():
        if name in ("master-1-scale-in", "master-1-consul-revoke") or "create" not in command.inputs:
            continue
        node = "-".join(name.split("-")[:2])
        assert all(other.startswith(node) for other in command.dependencies)


def test_a_replaced_machine_gets_all_its_steps_again_and_a_deleted_one_is_not_dialled() -> None:
    for name, command in own(launch()).items():
        node = "-".join(name.split("-")[:2])
        assert command.inputs["triggers"][0] == f"{node}-id"
        assert command.deleted_with == node
        assert "delete" not in command.inputs


CONSULS = {f"consul-{step}" for step in ("secrets", "management", "access", "gossip", "revoke")}


def test_secrets_reach_a_node_by_standard_input_alone() -> None:
    recording = launch()
    _, private = key_pair()
    for name, command in recording.commands.items():
        assert "connection" in command.secrets
        for secret in (*SECRETS, private):
            assert secret not in command.inputs.get("create", "") + command.inputs.get("update", "")
        step = name.split("-", 2)[2]
        assert ("stdin" in command.inputs) == (
            step in {"weave-router", "registrator", *CONSULS} or step.endswith("-registration")
        )
        assert ("stdin" in command.secrets) == ("stdin" in command.inputs)


def test_a_slave_does_not_have_the_management_token() -> None:
    for name, command in launch().commands.items():
        if name.startswith("slave"):
            assert MANAGEMENT_TOKEN not in command.inputs.get("stdin", "")
        assert command.inputs["logging"] == "none"


def test_a_connection_accepts_only_the_host_key_of_its_node() -> None:
    launched = launch()
    for name, instance in launched.instances.items():
        assert "userData" in instance.secrets
        shown = launched.outputs["nodes"][name]["hostKey"]
        assert shown in instance.inputs["userData"]
        commands = [command for key, command in own(launched).items() if key.startswith(f"{name}-")]
        assert commands
        assert {command.inputs["connection"]["hostKey"] for command in commands} == {shown}


def test_the_outputs_name_every_address_and_no_secret() -> None:
    outputs = launch().outputs
    slave = outputs["nodes"]["slave-2"]
    assert slave["index"] == 11
    assert slave["bridge"] == "10.2.0.11/16"
    assert slave["containers"] == "10.2.11.0/24"
    assert slave["privateAddress"] == "10.0.32.14"
    assert slave["address"] == "203.0.113.14"
    assert slave["peers"] == ["master-1", "master-2", "master-3"]
    assert slave["weaverDigest"] == "what slave-2-weave-binaries printed"
    assert slave["ssh"].endswith(" admin@203.0.113.14")
    assert list(outputs["nodes"]) == ["master-1", "master-2", "master-3", "slave-1", "slave-2"]
    assert outputs["searchDomains"] == ["service.consul"]
    text = json.dumps(outputs)
    assert not any(secret in text for secret in SECRETS)
    assert "PRIVATE KEY" not in text


def test_a_first_preview_knows_every_line_that_nodes_will_get() -> None:
    known, unknown = launch(), launch(first_preview=True)
    assert {name: command.inputs["create"] for name, command in own(known).items()} == {
        name: command.inputs["create"] for name, command in own(unknown).items()
    }


def test_a_third_slave_changes_nothing_on_the_other_slaves_and_the_peers_on_the_masters() -> None:
    before, after = texts(launch(config(slaveCount=2))), texts(launch(config(slaveCount=3)))
    assert {name for name in before if before[name] != after[name]} == {
        "master-1-weave-peers",
        "master-2-weave-peers",
        "master-3-weave-peers",
        "master-1-gate",
        "master-2-gate",
        "master-3-gate",
        "master-1-scale-in",
    }
    new = set(after) - set(before)
    assert all(name.startswith("slave-3-") for name in new)
    assert {f"slave-3-{step}" for step in NETWORK} < new


def test_more_masters_renumber_no_slave() -> None:
    before, after = launch(config(masterCount=1)), launch(config(masterCount=3))
    for name in ("slave-1", "slave-2"):
        assert before.instances[name] == after.instances[name]
        assert before.outputs["nodes"][name]["index"] == after.outputs["nodes"][name]["index"]
    changed = {name for name, inputs in texts(before).items() if inputs != texts(after)[name]}
    assert {name.split("-", 2)[2] for name in changed} == {
        *(
            "weave-peers",
            "consul-servers",
            "zookeeper",
            "mesos-master",
            "mesos-agent",
            "marathon",
            "gate",
            "scale-in",
        ),
    }


def test_retiring_slave_2_of_4_changes_it_and_the_peers_of_the_masters_alone() -> None:
    before = launch(config(slaveCount=4))
    after = launch(config(slaveCount=4, retiredSlaves=[2]))
    assert set(before.instances) - set(after.instances) == {"slave-2"}
    changed = {name for name, inputs in texts(after).items() if inputs != texts(before)[name]}
    masters = ("master-1", "master-2", "master-3")
    assert changed == {
        "master-1-scale-in",
        *(f"{master}-{step}" for master in masters for step in ("weave-peers", "gate")),
    }
    assert all(before.instances[name] == instance for name, instance in after.instances.items())


def test_an_address_that_aws_did_not_give_as_planned_is_an_error_that_names_both() -> None:
    with pytest.raises(pulumi.RunError, match=r"slave-1 has the private address 10\.0\.0\.99, but 10\.0\.0\.13"):
        launch(addresses={"slave-1": "10.0.0.99"})


def test_a_large_cluster_has_a_resource_for_every_step_of_every_node() -> None:
    recording = launch(config(masterCount=7, slaveCount=40, services=[]))
    assert len(recording.commands) == 47 * len([*NETWORK, "base-sysctl", "container-firewall", "leftovers", "logins"])


def test_another_login_key_changes_a_key_pair_of_the_same_name_and_no_instance() -> None:
    one, other = launch(), launch(config(sshPrivateKey=ssh_key()))
    pairs = [recording.of_type("aws:ec2/keyPair:KeyPair")["login"] for recording in (one, other)]
    assert pairs[0].inputs["publicKey"] != pairs[1].inputs["publicKey"]
    assert pairs[0].inputs["keyName"] == pairs[1].inputs["keyName"]
    assert all(pair.delete_before_replace for pair in pairs)
    assert one.instances == other.instances
    for instance in one.instances.values():
        assert instance.inputs["keyName"] == pairs[0].inputs["keyName"]
        assert "login" in instance.dependencies


def test_an_admin_changes_the_step_of_logins_and_nothing_else() -> None:
    one, other = launch(), launch(config(admins={"alice": public_half(ssh_key())}))
    changed = {
        name
        for name, command in own(other).items()
        if one.commands[name].inputs["create"] != command.inputs["create"]
    }
    assert {name.split("-", 2)[2] for name in changed} == {"logins", "gate"}
    assert one.instances == other.instances


def test_nodes_accept_both_keys_until_the_new_one_logs_in() -> None:
    old, new = ssh_key(), ssh_key()
    rotation = f"ssh {old}\n{new}"
    assert Settings.parse(config(sshPrivateKey=old, rotation=rotation)).login_keys == (
        public_half(old),
        public_half(new),
    )
    assert Settings.parse(config(sshPrivateKey=new, rotation=rotation)).login_keys == (public_half(new),)
    assert Settings.parse(config(sshPrivateKey=new, rotation="weave password")).login_keys == (public_half(new),)
