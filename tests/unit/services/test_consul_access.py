"""The steps that give Consul its tokens and its gossip key, run against a Consul of this machine."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.plan.plan import Plan
from infra.services import consul_access
from infra.steps.step import Step
from tests.unit import shell
from tests.unit.layers import unpacked
from tests.unit.plans import plan
from tests.unit.program import AGENT_TOKEN, GOSSIP_KEY, MANAGEMENT_TOKEN
from tests.unit.services.ports import free_ports

ANSWERS = {True: 200, False: 403}


@dataclass(frozen=True, kw_only=True)
class Consul:
    """A server at `url`; the steps of its node have their files in `folder`."""

    url: str
    folder: Path

    def steps(self, whole: Plan) -> dict[str, Step]:
        made = (*consul_access.steps(whole, self.url), consul_access.revocation(whole, self.url))
        return {step.name: replace(step, apply=step.apply.replace("/etc/", f"{self.folder}/etc/")) for step in made}

    def run(self, whole: Plan, *names: str) -> "subprocess.CompletedProcess[str]":
        """The steps of these names, of all steps in their order; the last one's result, or the first failure."""
        for name, step in self.steps(whole).items():
            if name in names:
                assert step.secret is not None
                done = shell.run(shell.below(step, self.folder), self.folder, stdin=step.secret.content)
                if done.returncode:
                    return done
        return done

    def up(self, whole: Plan) -> None:
        done = self.run(whole, *self.steps(whole))
        assert done.returncode == 0, done.stderr

    def accepts(self, token: str) -> bool:
        answer = httpx.get(f"{self.url}/v1/acl/token/self", headers={"X-Consul-Token": token}, trust_env=False)
        assert answer.status_code in ANSWERS.values(), answer.text
        return answer.status_code == ANSWERS[True]

    def ask(self, method: str, path: str, token: str, **body: Any) -> Any:
        headers = {"X-Consul-Token": token}
        answer = httpx.request(method, f"{self.url}/v1/{path}", headers=headers, json=body or None, trust_env=False)
        return answer.raise_for_status().json()

    def keys(self, token: str) -> set[str]:
        (ring,) = self.ask("GET", "operator/keyring", token)
        return set(ring["Keys"])


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("consul", tmp_path_factory.mktemp("consul")) / "usr/bin/consul"


@pytest.fixture
def consul(program: Path, tmp_path: Path) -> Iterator[Consul]:
    http, server, serf = free_ports(3)
    config = {
        "server": True,
        "bootstrap_expect": 1,
        "data_dir": str(tmp_path / "data"),
        "bind_addr": "127.0.0.1",
        "encrypt": GOSSIP_KEY,
        "ports": {"http": http, "server": server, "serf_lan": serf, "dns": -1, "serf_wan": -1, "grpc_tls": -1},
        "acl": {"enabled": True, "default_policy": "deny", "tokens": {"agent": AGENT_TOKEN}},
        "performance": {"raft_multiplier": 1},
    }
    (tmp_path / "consul.json").write_text(json.dumps(config))
    agent = subprocess.Popen([program, "agent", f"-config-file={tmp_path}/consul.json"], stdout=subprocess.DEVNULL)
    try:
        yield Consul(url=f"http://127.0.0.1:{http}", folder=tmp_path)
    finally:
        agent.kill()
        agent.wait()


def changed() -> dict[str, str]:
    return {
        "consulManagementToken": str(uuid4()),
        "consulAgentToken": str(uuid4()),
        "consulGossipKey": b64encode(uuid4().bytes).decode(),
    }


def test_new_secrets_are_valid_beside_the_old_ones_until_the_step_after_all_nodes(consul: Consul) -> None:
    consul.up(plan())
    theirs = consul.ask("PUT", "acl/token", MANAGEMENT_TOKEN, Policies=[{"Name": "global-management"}])["SecretID"]
    new = changed()
    tokens = (new["consulManagementToken"], new["consulAgentToken"])
    first = consul.run(plan(**new), "consul-management", "consul-access", "consul-gossip")
    assert first.returncode == 0, first.stderr
    assert all(consul.accepts(token) for token in (*tokens, MANAGEMENT_TOKEN, AGENT_TOKEN))
    assert consul.keys(tokens[0]) == {GOSSIP_KEY, new["consulGossipKey"]}

    consul.up(plan(**new))
    assert [consul.accepts(token) for token in (*tokens, MANAGEMENT_TOKEN, AGENT_TOKEN)] == [True, True, False, False]
    assert consul.keys(tokens[0]) == {new["consulGossipKey"]}
    assert consul.accepts(theirs), "a token that somebody else made stays"


def test_a_management_token_that_was_not_made_yet_is_made_with_the_one_before(consul: Consul) -> None:
    """As after a run that was cut off when the file was there and the token was not."""
    consul.up(plan())
    new = changed()
    (consul.folder / "etc/consul-access/management.next").write_text(new["consulManagementToken"])
    (consul.folder / "var/steps/consul-management").unlink()
    assert not consul.accepts(new["consulManagementToken"])
    consul.up(plan(**new))
    assert consul.accepts(new["consulManagementToken"])


def test_the_token_in_use_is_not_deleted_before_the_next_one_is_there(consul: Consul) -> None:
    consul.up(plan())
    done = consul.run(plan(**changed()), "consul-revoke")
    assert done.returncode == 1
    assert "Consul still accepts a token or a gossip key that is no longer in the config" in done.stderr
    assert consul.accepts(MANAGEMENT_TOKEN)


def test_a_master_without_its_disk_goes_on_with_the_token_of_the_config(consul: Consul) -> None:
    consul.up(plan())
    for left in (consul.folder / "etc/consul-access").iterdir():
        left.unlink()
    consul.up(plan())
    assert consul.accepts(MANAGEMENT_TOKEN)


def test_a_token_that_consul_does_not_have_and_cannot_get_is_reported_with_what_to_do(consul: Consul) -> None:
    consul.up(plan())
    (consul.folder / "etc/consul-access/management").unlink()
    done = consul.run(plan(**changed()), "consul-management")
    assert done.returncode == 1
    assert "Consul has another management token than consulManagementToken" in done.stderr
    assert consul.accepts(MANAGEMENT_TOKEN)
