"""Consul: servers on the masters and a client on every slave; gossip is encrypted, and every write needs a token."""

import json
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
_IMAGES = {"consul": "hashicorp/consul:1.22.7"}
_MEMORY_MB = {"master": 512, "slave": 256}


def image(plan: Plan) -> str:
    return images.reference(plan.settings, "consul", _IMAGES)


def token(kind: Literal["agent", "initial_management"]) -> str:
    """Shell that prints a token of this node's agent; only masters have the management token."""
    return f"jq -r .acl.tokens.{kind} {_SECRETS}"


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
        "data_dir": "/var/lib/consul",
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


def _secrets(node: Node, plan: Plan) -> File:
    """The gossip key and the tokens; only servers have the management token."""
    settings = plan.settings
    tokens = {"agent": settings.consul_agent_token.get_secret_value()}
    if node.role == "master":
        tokens["initial_management"] = settings.consul_management_token.get_secret_value()
    content = {"encrypt": settings.consul_gossip_key.get_secret_value(), "acl": {"tokens": tokens}}
    return File(path=_SECRETS, content=to_json(content), mode="0600")


def _agent(node: Node, plan: Plan) -> Step:
    agent = Container(
        name="consul",
        description="Consul: the catalog of services",
        image=image(plan),
        memory_mb=_MEMORY_MB[node.role],
        entrypoint="consul",
        command=("agent", f"-config-dir={FOLDER}"),
        data="/var/lib/consul",
        volumes=(f"{FOLDER}:{FOLDER}:ro",),
        # An agent that has left the cluster exits with 0.
        restart="on-failure",
    )
    return container.step(
        agent,
        plan.settings.system.init,
        files=(_config(node, plan),),
        secret=_secrets(node, plan),
        prepare=render("consul/consul.prepare.sh", image=agent.image, folder=FOLDER),
        errors=render("consul/consul.errors.sh", folder=FOLDER),
        health=_health(node, plan),
        after=("weave-peers", "consul-servers"),
    )


def _health(node: Node, plan: Plan) -> str:
    del plan
    return render("consul/health.sh", http=HTTP, node=node, agent_token=token("agent"))


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    steps = (_servers(node, plan), _agent(node, plan))
    return (*steps, consul_access.step(plan, HTTP, token("initial_management"))) if node == plan.masters[0] else steps


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
