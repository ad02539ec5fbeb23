"""Consul's files: servers and clients, tokens and policies, and that Consul itself accepts them."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.plan.plan import Node, Plan
from infra.services import catalog, consul
from infra.steps.step import Step
from tests.unit.plans import files, plan
from tests.unit.program import AGENT_TOKEN, GOSSIP_KEY, MANAGEMENT_TOKEN
from tests.unit.shell import below, program, run

ADDRESSES = ["10.0.0.4", "10.0.32.5", "10.0.64.6", "10.0.0.7", "10.0.32.8"]


def steps(node: Node, whole: Plan) -> dict[str, Step]:
    return {step.name: step for step in consul.CONSUL.steps(node, whole)}


def configured(node: Node, whole: Plan, step: str = "consul") -> dict[str, Any]:
    """consul.json of this node, or what another step puts beside it."""
    files = {file.path: file.content for file in steps(node, whole)[step].files}
    found: dict[str, Any] = json.loads(files[f"/etc/consul/{step.removeprefix('consul-')}.json"])
    return found


def secrets(node: Node, whole: Plan) -> dict[str, Any]:
    secret = steps(node, whole)["consul-secrets"].secret
    assert secret is not None
    assert (secret.path, secret.mode) == ("/etc/consul/secrets.json", "0600")
    found: dict[str, Any] = json.loads(secret.content)
    return found


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_masters_are_servers_that_wait_for_each_other_and_slaves_are_clients(masters: int) -> None:
    whole = plan(masterCount=masters)
    for node in whole.nodes:
        assert configured(node, whole)["server"] == (node.role == "master")
        found = configured(node, whole, "consul-servers")
        assert found.get("bootstrap_expect") == (masters if node.role == "master" else None)
        assert found["retry_join"] == ADDRESSES[:masters]
        assert found["retry_interval"] == "2s"


def test_more_masters_restart_no_agent() -> None:
    before, after = plan(masterCount=1), plan(masterCount=3)
    for one, same in ((before.masters[0], after.masters[0]), (before.slaves[0], after.slaves[0])):
        assert steps(one, before)["consul"] == steps(same, after)["consul"]
        joining = steps(same, after)["consul-servers"]
        assert joining != steps(one, before)["consul-servers"]
        assert not joining.apply
        assert "consul-servers" in steps(same, after)["consul"].after


@pytest.mark.parametrize(
    ("system", "words"), [("debian-12", "\nRestart=on-failure\n"), ("ubuntu-14.04", "\nnormal exit 0\n")]
)
def test_an_agent_that_left_is_not_started_again(system: str, words: str) -> None:
    whole = plan(os=system, ami="ami-0123456789abcdef0")
    files = {file.path: file.content for file in steps(whole.slaves[0], whole)["consul"].files}
    (unit,) = [content for path, content in files.items() if not path.startswith("/etc/consul/")]
    assert words in unit


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_every_agent_listens_on_its_own_address_and_loopback_alone(masters: int) -> None:
    whole = plan(masterCount=masters)
    for node in whole.nodes:
        own, found = str(node.private_address), configured(node, whole)
        assert (found["bind_addr"], found["advertise_addr"]) == (own, own)
        assert found["client_addr"].split() == ["127.0.0.1", own]
        assert found["ports"]["serf_wan"] == -1


def test_writes_need_a_token_and_the_first_master_alone_has_the_management_token() -> None:
    whole = plan()
    assert configured(whole.slaves[0], whole)["acl"]["default_policy"] == "deny"
    for node in whole.nodes:
        found = secrets(node, whole)
        assert found == {"encrypt": GOSSIP_KEY, "acl": {"tokens": {"agent": AGENT_TOKEN}}}
        holds = [step.name for step in steps(node, whole).values() if MANAGEMENT_TOKEN in str(step.secret)]
        assert holds == (["consul-management"] if node.name == "master-1" else [])


def test_no_change_of_a_secret_restarts_an_agent() -> None:
    other = {"consulGossipKey": b64encode(bytes(32)).decode()}
    other |= dict.fromkeys(("consulManagementToken", "consulAgentToken"), AGENT_TOKEN.replace("6", "7"))
    before, after = plan(), plan(**other)
    for one, same in zip(before.nodes, after.nodes, strict=True):
        assert steps(one, before)["consul"] == steps(same, after)["consul"]
        assert not any("restart_unit" in step.apply for step in steps(same, after).values() if step.secret)


def test_the_first_master_alone_makes_policies_tokens_and_keys() -> None:
    whole = plan()
    access = ("consul-management", "consul-access", "consul-gossip")
    for node in whole.nodes:
        found = steps(node, whole)
        assert [name for name in access if name in found] == (list(access) if node.name == "master-1" else [])
        assert ("left_out" in found["consul-secrets"].apply) == (node.name != "master-1")
    revoke = consul.revocation(whole)
    assert revoke is not None
    assert revoke.after == ("scale-in",)
    for step in (revoke, *steps(whole.masters[0], whole).values()):
        for secret in (AGENT_TOKEN, MANAGEMENT_TOKEN, GOSSIP_KEY):
            assert secret not in step.script(whole.masters[0], whole.settings.system.init)


def test_a_request_is_repeated_while_the_servers_choose_another_leader(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    whole = plan()
    made = steps(whole.masters[0], whole)["consul-access"]
    apply = re.sub(r"^management=.*", "management=token", made.apply, flags=re.MULTILINE)
    step = below(replace(made, apply=apply.replace("/etc/consul-access", f"{tmp_path}/etc/consul-access")), tmp_path)
    assert made.secret is not None
    program(
        tmp_path / "bin",
        "curl",
        f"""echo "$*" >>{tmp_path}/calls
        if [ -e {tmp_path}/leader ]; then printf '[]\n200'; exit; fi
        touch {tmp_path}/leader
        printf 'node is not the leader\n500'""",
    )
    program(tmp_path / "bin", "jq", "")
    done = run(step, tmp_path, stdin=made.secret.content)
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0] == calls[1]
    assert calls[1] != calls[2]


@pytest.mark.parametrize("node", ["master-1", "slave-1"])
def test_an_agent_that_is_stopped_stays_a_member(node: str) -> None:
    found = json.loads(files(plan(), node)["/etc/consul/consul.json"].content)
    assert found["leave_on_terminate"] is False


def test_consul_gets_the_names_of_the_stack() -> None:
    whole = plan(consulDomain="cluster.internal", consulDatacenter="eu-1")
    found = configured(whole.slaves[0], whole)
    assert (found["domain"], found["datacenter"], found["node_name"]) == ("cluster.internal", "eu-1", "slave-1")


def test_a_service_of_the_cluster_itself_is_registered_by_a_secret_file_and_a_reload() -> None:
    whole, check = plan(), {"http": "http://10.0.0.4:5050/master/health"}
    (step,) = catalog.registration("mesos-master", whole.masters[0], whole, port=5050, check=check)
    assert (step.name, step.after) == ("mesos-master-registration", ("consul", "mesos-master"))
    assert step.secret is not None
    assert step.secret.mode == "0600"
    assert json.loads(step.secret.content) == {
        "service": {
            "name": "mesos-master",
            "address": "10.0.0.4",
            "port": 5050,
            "tags": ["apollo"],
            "checks": [{"name": "mesos-master health", "interval": "10s", "timeout": "5s", **check}],
            "token": AGENT_TOKEN,
        }
    }
    assert "--signal HUP consul" in step.apply


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The consul on PATH, or the one among the sandbox's images."""
    if found := shutil.which("consul"):
        return Path(found)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "apollo" / "images"
    for layer in cache.glob("consul-*/layer.tar"):
        with tarfile.open(layer) as archive:
            for member in archive:
                content = archive.extractfile(member) if Path(member.name).name == "consul" else None
                if content:
                    program = tmp_path_factory.mktemp("consul") / "consul"
                    program.write_bytes(content.read())
                    program.chmod(0o755)
                    return program
    pytest.skip("there is no consul on PATH, and the sandbox's images are not built (python -m sandbox image)")


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_consul_itself_accepts_the_files_of_every_node(masters: int, binary: Path, tmp_path: Path) -> None:
    whole = plan(masterCount=masters)
    (registered,) = catalog.registration("try", whole.slaves[0], whole, port=1, check={"tcp": "10.0.0.4:1"})
    for node in (whole.masters[0], whole.slaves[0]):
        folder = tmp_path / node.name
        folder.mkdir()
        (folder / "consul.json").write_text(json.dumps(configured(node, whole) | {"data_dir": str(tmp_path)}))
        (folder / "servers.json").write_text(json.dumps(configured(node, whole, "consul-servers")))
        (folder / "secrets.json").write_text(json.dumps(secrets(node, whole)))
        assert registered.secret is not None
        (folder / "service-try.json").write_text(registered.secret.content)
        said = subprocess.run([binary, "validate", str(folder)], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
