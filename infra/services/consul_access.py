"""Access to Consul: its tokens, its policies and the key of its gossip, which are part of Consul's own data.

All steps here are those of the first master. A new secret becomes valid beside the old one before any other node
changes, and `revocation`, the step after all nodes, ends the old one. So a change interrupts nothing, restarts no
agent, and is finished by the next run if it was cut off.
"""

import json

from infra.plan.plan import Plan
from infra.steps.step import File, Step
from infra.steps.templates import render

_FOLDER = "/etc/consul-access"
_VALID = f"{_FOLDER}/valid.json"
MANAGEMENT = f"{_FOLDER}/management"
"""The management token that Consul accepts; on the first master alone."""

_POLICIES = {
    "anonymous": "Requests without a token: read everything",
    "agent": "Nodes: register themselves and their services",
}
DESCRIPTIONS = {"management": "The management token of Apollo", "agent": "The agents of Apollo's nodes"}
"""By which a token of an earlier config is recognised, and removed."""
_BOOTSTRAPPED = ("Bootstrap Token (Global Management)", "Initial Management Token")
"""Consul's own descriptions of the first management token; every other token is somebody else's, and stays."""


def management_token() -> str:
    """Shell that prints the management token on the first master."""
    return f"cat {MANAGEMENT}"


def steps(plan: Plan, http: str) -> tuple[Step, ...]:
    return (_management(plan, http), _access(plan, http), _gossip(plan, http))


def _management(plan: Plan, http: str) -> Step:
    """Not by Consul's `initial_management`: every server that becomes the leader makes that token again."""
    following = f"{MANAGEMENT}.next"
    return Step(
        name="consul-management",
        title="Set Consul's management token",
        after=("consul",),
        secret=File(path=following, content=plan.settings.consul_management_token.get_secret_value(), mode="0600"),
        errors=render("consul/consul-management.errors.sh"),
        apply=render(
            "consul/consul-management.apply.sh",
            http=http,
            next=following,
            current=MANAGEMENT,
            description=DESCRIPTIONS["management"],
        ),
        undo=f"rm -f {MANAGEMENT} {_VALID}\n",
    )


def _access(plan: Plan, http: str) -> Step:
    path = f"{_FOLDER}/token.json"
    rules = {name: render(f"consul/{name}.hcl") for name in _POLICIES}
    bodies = {
        name: json.dumps({"Name": f"apollo-{name}", "Description": _POLICIES[name], "Rules": rules[name]})
        for name in _POLICIES
    }
    token = {
        "SecretID": plan.settings.consul_agent_token.get_secret_value(),
        "Description": DESCRIPTIONS["agent"],
        "Policies": [{"Name": "apollo-agent"}],
    }
    return Step(
        name="consul-access",
        title="Set Consul's policies and the agents' token",
        after=("consul-management",),
        secret=File(path=path, content=json.dumps(token, indent=2), mode="0600"),
        errors=render("consul/consul-access.errors.sh"),
        apply=render(
            "consul/consul-access.apply.sh",
            http=http,
            policies=bodies,
            management_token=management_token(),
            token=path,
        ),
    )


def _gossip(plan: Plan, http: str) -> Step:
    path = f"{_FOLDER}/gossip.json"
    key = {"Key": plan.settings.consul_gossip_key.get_secret_value()}
    return Step(
        name="consul-gossip",
        title="Give every agent of Consul the gossip key",
        after=("consul-management",),
        secret=File(path=path, content=json.dumps(key), mode="0600"),
        errors=render("consul/consul-gossip.errors.sh"),
        apply=render("consul/consul-gossip.apply.sh", http=http, key=path, management_token=management_token()),
    )


def revocation(plan: Plan, http: str) -> Step:
    """The step after all nodes: removes the tokens and gossip keys that earlier configs had."""
    settings = plan.settings
    valid = {
        "agent": settings.consul_agent_token.get_secret_value(),
        "management": settings.consul_management_token.get_secret_value(),
        "key": settings.consul_gossip_key.get_secret_value(),
    }
    return Step(
        name="consul-revoke",
        title="Remove the tokens and gossip keys that are no longer in the config from Consul",
        after=("scale-in",),
        secret=File(path=_VALID, content=json.dumps(valid), mode="0600"),
        errors=render("consul/consul-revoke.errors.sh"),
        apply=render(
            "consul/consul-revoke.apply.sh",
            http=http,
            valid=_VALID,
            descriptions=[*DESCRIPTIONS.values(), *_BOOTSTRAPPED],
        ),
    )
