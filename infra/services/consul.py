"""Consul: servers on the masters and a client on every slave; gossip is encrypted, and every write needs a token."""

import json
from dataclasses import replace
from typing import Any, Literal

from infra.plan.plan import Node, Plan
from infra.services import consul_access
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.service import Port, Service, Ui
from infra.steps.step import File, Step
from infra.steps.templates import render

FOLDER = "/etc/consul"
HTTP_PORT = 8500
HTTP = f"http://127.0.0.1:{HTTP_PORT}"
DNS_PORT = 8600
_SECRETS = f"{FOLDER}/secrets.json"
_DATA = "/var/lib/consul"
_LEADER_SECONDS = 60
"""How long an agent may be without a leader before its gossip key counts as the reason; an election takes seconds."""

_IMAGES = {"consul": "hashicorp/consul:1.22.7"}
_MEMORY_MB = {"master": 512, "slave": 256}


def image(plan: Plan) -> str:
    return images.reference(plan.settings, "consul", _IMAGES)


def agent_token() -> str:
    """Shell that prints the token of this node's agent."""
    return f"jq -r .acl.tokens.agent {_SECRETS}"


def to_json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _config(node: Node, plan: Plan) -> File:
    settings, own = plan.settings, str(node.private_address)
    server = node.role == "master"
    config: dict[str, Any] = {
        "node_name": node.name,
        "datacenter": settings.consul_datacenter,
        "domain": settings.consul_domain,
        "server": server,
        "data_dir": _DATA,
        "bind_addr": own,
        "advertise_addr": own,
        "client_addr": f"127.0.0.1 {own}",
        "ports": {"dns": DNS_PORT, "serf_wan": -1},
        # A restart must not leave the cluster; scale_in.py does that.
        "leave_on_terminate": False,
        "rejoin_after_leave": True,
        # Short: an agent that starts before its token exists retries within 5 s.
        "acl": {"enabled": True, "default_policy": "deny", "token_ttl": "5s", "policy_ttl": "5s"},
        "disable_update_check": True,
        "enable_local_script_checks": True,
    }
    if server:
        config |= {"performance": {"raft_multiplier": 1}, "ui_config": {"enabled": True}}
    return File(path=f"{FOLDER}/consul.json", content=to_json(config))


def _servers(node: Node, plan: Plan) -> Step:
    """Separate from the agent's own step: an agent reads the list when it starts, so a change needs no restart."""
    config: dict[str, Any] = {
        "retry_join": [str(master.private_address) for master in plan.masters],
        # Nodes boot together, so the first attempt fails; Consul's default of 30 s would add half an `up`.
        "retry_interval": "2s",
    }
    if node.role == "master":
        config["bootstrap_expect"] = len(plan.masters)
    return Step(
        name="consul-servers",
        title="List the servers that Consul joins",
        after=("base-packages",),
        files=(File(path=f"{FOLDER}/servers.json", content=to_json(config)),),
    )


def _secrets(node: Node, plan: Plan) -> Step:
    """Separate from the agent's own step, because a change restarts no agent.

    An agent reads the gossip key at its first start alone; the first master gives it a new one (consul_access.py).
    """
    settings = plan.settings
    tokens = {"agent": settings.consul_agent_token.get_secret_value()}
    content = {"encrypt": settings.consul_gossip_key.get_secret_value(), "acl": {"tokens": tokens}}
    return Step(
        name="consul-secrets",
        title="Give Consul's agent its gossip key and its token",
        after=("base-packages",),
        secret=File(path=_SECRETS, content=to_json(content), mode="0600"),
        apply=render(
            "consul/consul-secrets.apply.sh",
            gossip=node != plan.masters[0],
            http=HTTP,
            keyring=f"{_DATA}/serf/local.keyring",
            secrets=_SECRETS,
            seconds=_LEADER_SECONDS,
        ),
    )


def _agent(node: Node, plan: Plan) -> Step:
    agent = Container(
        name="consul",
        description="Consul: the catalog of services",
        image=image(plan),
        memory_mb=_MEMORY_MB[node.role],
        entrypoint="consul",
        command=("agent", f"-config-dir={FOLDER}"),
        data=_DATA,
        volumes=(f"{FOLDER}:{FOLDER}:ro",),
        # An agent that has left the cluster exits with 0.
        restart="on-failure",
    )
    step = container.step(
        agent,
        plan.settings.system.init,
        files=(_config(node, plan),),
        prepare=render("consul/consul.prepare.sh", image=agent.image, folder=FOLDER),
        errors=render("consul/consul.errors.sh", folder=FOLDER),
        health=_health(node, plan),
        after=("weave-peers", "consul-servers", "consul-secrets"),
    )
    # An agent that has just started counts services as failing until it has checked each of them.
    return replace(step, interrupts="traffic")


def _health(node: Node, plan: Plan) -> str:
    del plan
    return render("consul/health.sh", http=HTTP, node=node, agent_token=agent_token())


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    steps = (_servers(node, plan), _secrets(node, plan), _agent(node, plan))
    return (*steps, *consul_access.steps(plan, HTTP)) if node == plan.masters[0] else steps


def revocation(plan: Plan) -> Step | None:
    """The step of the first master after all nodes; None when the stack does not run Consul."""
    return consul_access.revocation(plan, HTTP) if plan.settings.runs("consul") else None


def _port(number: int, protocol: str, what: str, source: Literal["nodes", "node"] = "nodes") -> Port:
    name = f"consul-{number}-{protocol}"
    return Port(name=name, protocol=protocol, port=number, source=source, description=f"consul: {what}")


CONSUL = Service(
    name="consul",
    steps=_steps,
    images=_IMAGES,
    health=_health,
    ui=Ui(roles=("master",), port=HTTP_PORT, path="/ui/"),
    ports=(
        Port(name="consul-8300-tcp", port=8300, description="consul: requests to servers", roles=("master",)),
        _port(HTTP_PORT, "tcp", "the first master removes nodes"),
        _port(8301, "tcp", "gossip"),
        _port(8301, "udp", "gossip"),
        _port(DNS_PORT, "tcp", "DNS", source="node"),
        _port(DNS_PORT, "udp", "DNS", source="node"),
        # Servers listen for gRPC by TLS by default.
        Port(name="consul-8503-tcp", port=8503, description="consul: gRPC", source="node", roles=("master",)),
    ),
)
