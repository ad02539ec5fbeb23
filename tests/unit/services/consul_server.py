"""A server of Consul on this machine, with the steps that give it its tokens."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from infra.plan.plan import Plan
from infra.services import consul_access
from infra.steps.step import Step
from tests.unit import shell
from tests.unit.program import AGENT_TOKEN, GOSSIP_KEY
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


@contextmanager
def running(program: Path, folder: Path, agent_token: str = AGENT_TOKEN) -> Iterator[Consul]:
    """A new server with the name master-1; its data is in `folder`."""
    http, server, serf = free_ports(3)
    config = {
        "node_name": "master-1",
        "server": True,
        "bootstrap_expect": 1,
        "data_dir": str(folder / "data"),
        "bind_addr": "127.0.0.1",
        "encrypt": GOSSIP_KEY,
        "ports": {"http": http, "server": server, "serf_lan": serf, "dns": -1, "serf_wan": -1, "grpc_tls": -1},
        "acl": {"enabled": True, "default_policy": "deny", "tokens": {"agent": agent_token}},
        "performance": {"raft_multiplier": 1},
    }
    folder.mkdir(exist_ok=True)
    (folder / "consul.json").write_text(json.dumps(config))
    agent = subprocess.Popen([program, "agent", f"-config-file={folder}/consul.json"], stdout=subprocess.DEVNULL)
    try:
        yield Consul(url=f"http://127.0.0.1:{http}", folder=folder)
    finally:
        agent.kill()
        agent.wait()


def changed() -> dict[str, str]:
    return {
        "consulManagementToken": str(uuid4()),
        "consulAgentToken": str(uuid4()),
        "consulGossipKey": b64encode(uuid4().bytes).decode(),
    }
