"""What is done before an `up`, with moto as the EC2 API and a pulumiw that prints a state of the test's own."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.recover import instances
from ops.recover.__main__ import recover
from ops.recover.access import Access
from ops.remote.stack import Stack

REGION = "eu-west-1"
TAGS = {"project": "apollo", "stack": "dev"}
ROOT = "urn:pulumi:dev::apollo::pulumi:pulumi:Stack::apollo-dev"
AMI = "ami-12c6146b"
OTHER_ACCOUNT = "210987654321"
KEY_PAIR, KEY_NAME = "aws:ec2/keyPair:KeyPair", "apollo-dev-1a2b3c4d"
PULUMIW = """#!/bin/sh
cd "${0%/*}" && case "$1" in
stack) cat state ;;
cancel) rm -r backend ;;
refresh) echo "$@" >refreshed ;;
esac
"""


class Account:
    """An AWS account with two security groups, and the folder of a stack whose state has the first one."""

    def __init__(self, folder: Path, ec2: Any = None) -> None:
        self.ec2: Any = ec2 or boto3.client("ec2", region_name=REGION)
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.group, self.other_group = (self._group(vpc, name) for name in ("nodes", "theirs"))
        self.folder = folder
        (folder / "Pulumi.yaml").write_text("name: apollo\n")
        (folder / "pulumiw").write_text(PULUMIW)
        (folder / "pulumiw").chmod(0o755)
        self.save()

    def _group(self, vpc: str, name: str) -> str:
        return str(self.ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"])

    def launch(self, name: str, *, group: str = "", **tags: str) -> str:
        """An instance as the program makes it; its id."""
        shown = [{"Key": key, "Value": value} for key, value in {"Name": name, **TAGS, **tags}.items()]
        run = self.ec2.run_instances(
            ImageId=AMI, MinCount=1, MaxCount=1, SubnetId=self.subnet,
            SecurityGroupIds=[group or self.group],
            TagSpecifications=[{"ResourceType": "instance", "Tags": shown}],
        )  # fmt: skip
        return str(run["Instances"][0]["InstanceId"])

    def save(self, *saved: str, pending: Mapping[str, str] | None = None, **provider: str) -> None:
        """Write the state, with these instances; `pending` are creations that were cut off, types by name.

        `provider` are inputs of the provider beside its region.
        """
        ids = [
            ("aws:ec2/securityGroup:SecurityGroup", self.group),
            *(("aws:ec2/instance:Instance", one) for one in saved),
        ]
        resources: list[dict[str, Any]] = [
            {"type": "pulumi:pulumi:Stack", "urn": ROOT},
            {"type": "pulumi:providers:aws", "inputs": {"region": REGION, **provider}},
        ]
        resources += [{"type": type_, "id": id_, "inputs": {}} for type_, id_ in ids]
        cut_off = [
            {
                "type": "creating",
                "resource": {
                    "urn": f"urn:pulumi:dev::apollo::{type_}::{name}",
                    "type": type_,
                    "inputs": {"keyName": KEY_NAME} if type_ == KEY_PAIR else {},
                },
            }
            for name, type_ in (pending or {}).items()
        ]
        deployment = {"resources": resources, "pending_operations": cut_off}
        (self.folder / "state").write_text(json.dumps({"deployment": deployment}))

    def import_key(self, name: str = KEY_NAME, **tags: str) -> None:
        shown = [{"Key": key, "Value": value} for key, value in {**TAGS, **tags}.items()]
        specifications = [{"ResourceType": "key-pair", "Tags": shown}]
        self.ec2.create_key_pair(KeyName=name, KeyType="ed25519", TagSpecifications=specifications)

    def keys(self) -> set[str]:
        return {str(pair["KeyName"]) for pair in self.ec2.describe_key_pairs()["KeyPairs"]}

    def lock(self, pid: int, hostname: str = "") -> Path:
        folder = self.folder / "backend/.pulumi/locks/organization/apollo/dev"
        folder.mkdir(parents=True)
        (folder / "lock.json").write_text(json.dumps({"pid": pid, "hostname": hostname or socket.gethostname()}))
        return folder

    def recover(self, backend: str = "") -> None:
        url = backend or f"file://{self.folder}/backend"
        recover(Stack("dev", self.folder, {**os.environ, "PULUMI_BACKEND_URL": url}))

    def running(self) -> set[str]:
        pages = self.ec2.get_paginator("describe_instances").paginate()
        every = [found for page in pages for one in page["Reservations"] for found in one["Instances"]]
        return {found["InstanceId"] for found in every if found["State"]["Name"] == "running"}


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Account(tmp_path)


def test_an_instance_that_is_not_in_the_state_is_terminated_by_name(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, lost = account.launch("slave-1"), account.launch("slave-2")
    account.save(saved)
    account.recover()
    assert account.running() == {saved}
    assert f"slave-2: terminating {lost}" in capsys.readouterr().err


def test_nothing_is_printed_or_refreshed_where_nothing_was_left(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.save(account.launch("slave-1"))
    account.recover()
    assert capsys.readouterr().err == ""
    assert not (account.folder / "refreshed").exists()


def test_instances_of_another_project_stack_or_security_group_are_left_alone(account: Account) -> None:
    theirs = {account.launch("slave-1", **{tag: "theirs"}) for tag in ("project", "stack")}
    theirs.add(account.launch("slave-1", group=account.other_group))
    account.recover()
    assert account.running() == theirs


def test_the_lock_of_a_killed_up_is_released(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.launch("slave-1")
    with subprocess.Popen("true") as ended:
        ended.wait()
    locks = account.lock(ended.pid)
    account.recover()
    assert not locks.exists()
    assert account.running() == set()
    assert f"releasing the lock of an update that was killed (pid {ended.pid}" in capsys.readouterr().err


def test_nothing_is_touched_while_another_holds_the_lock(account: Account) -> None:
    theirs = account.launch("slave-1")
    locks = account.lock(1, hostname="elsewhere")
    account.recover()
    assert locks.exists()
    assert account.running() == {theirs}


def test_where_no_lock_can_be_seen_a_young_instance_is_left_alone(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    young = account.launch("slave-1")
    account.recover("s3://states")
    assert account.running() == {young}
    assert (
        f"slave-1: {young} is not in the state, but an `up` elsewhere may be creating it" in capsys.readouterr().err
    )
    monkeypatch.setattr(instances, "CREATION", timedelta(0))
    account.recover("s3://states")
    assert account.running() == set()


@pytest.mark.parametrize("state", [None, '{"deployment": null}', '{"deployment": {"resources": []}}'])
def test_a_stack_without_security_groups_is_left_to_the_cli(
    account: Account, capsys: pytest.CaptureFixture[str], state: str | None
) -> None:
    theirs = account.launch("slave-1")
    if state is None:
        (account.folder / "pulumiw").write_text("#!/bin/sh\nexit 1\n")
    else:
        (account.folder / "state").write_text(state)
    account.recover()
    assert account.running() == {theirs}
    assert capsys.readouterr().err == ""


def test_creations_that_were_cut_off_are_named_where_they_need_attention_and_then_forgotten(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.save(
        pending={
            "vpc": "aws:ec2/vpc:Vpc",
            "slave-1": "aws:ec2/instance:Instance",
            "slave-1-docker": "command:remote:Command",
        }
    )
    account.recover()
    (line,) = capsys.readouterr().err.splitlines()
    assert "vpc (aws:ec2/vpc:Vpc) may be on AWS" in line
    assert (account.folder / "refreshed").read_text().startswith("refresh --clear-pending-creates --target " + ROOT)


def test_a_key_pair_whose_import_was_cut_off_is_deleted_by_name_and_no_other_is(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.import_key()
    account.import_key("apollo-dev-5e6f7a8b")
    account.save(pending={"login": KEY_PAIR})
    account.recover()
    assert account.keys() == {"apollo-dev-5e6f7a8b"}
    (line,) = capsys.readouterr().err.splitlines()
    assert f"deleting the key pair {KEY_NAME}: a killed `up` imported it" in line
    assert (account.folder / "refreshed").exists()


def test_a_key_pair_that_is_saved_or_of_another_project_stays(account: Account) -> None:
    account.import_key()
    account.recover()
    assert account.keys() == {KEY_NAME}
    account.ec2.delete_key_pair(KeyName=KEY_NAME)
    account.import_key(project="theirs")
    account.save(pending={"login": KEY_PAIR})
    account.recover()
    assert account.keys() == {KEY_NAME}


def test_where_no_lock_can_be_seen_a_young_key_pair_is_left_alone(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account.import_key()
    account.save(pending={"login": KEY_PAIR})
    account.recover("s3://states")
    assert account.keys() == {KEY_NAME}
    assert f"the key pair {KEY_NAME} is not in the state, but an `up` elsewhere may be" in capsys.readouterr().err
    assert not (account.folder / "refreshed").exists()
    monkeypatch.setattr(instances, "CREATION", timedelta(0))
    account.recover("s3://states")
    assert account.keys() == set()


def test_an_instance_is_looked_for_in_the_account_of_the_role_that_the_provider_assumes(account: Account) -> None:
    role = {"roleArn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/deploy", "externalId": "any"}
    ours = account.launch("slave-1")
    other = Account(account.folder, Access(region=REGION, profile="", roles=[role]).ec2())
    other.launch("slave-1")
    other.save(assumeRoles=json.dumps([role]))
    other.recover()
    assert other.running() == set()
    assert account.running() == {ours}


def test_a_profile_that_is_not_there_is_left_to_the_cli(account: Account) -> None:
    lost = account.launch("slave-1")
    account.save(profile="nobody")
    account.recover()
    assert account.running() == {lost}
