"""Access to Consul: its policies and the agents' token, which are part of Consul's own data."""

import json

from infra.plan.plan import Plan
from infra.steps.step import File, Step
from infra.steps.templates import render

_POLICIES = {
    "anonymous": "Requests without a token: read everything",
    "agent": "Nodes: register themselves and their services",
}
_TOKEN = "/etc/consul-access/token.json"  # noqa: S105
_AGENT_ACCESSOR = "a9011000-0000-4000-8000-000000000001"
"""The public id of the agents' token: fixed, so that a second `up` finds the token of the first."""


def step(plan: Plan, http: str, management_token: str) -> Step:
    """The step of one master; `management_token` is shell that prints the token."""
    rules = {name: render(f"consul/{name}.hcl") for name in _POLICIES}
    bodies = {
        name: json.dumps({"Name": f"apollo-{name}", "Description": _POLICIES[name], "Rules": rules[name]})
        for name in _POLICIES
    }
    token = {
        "AccessorID": _AGENT_ACCESSOR,
        "SecretID": plan.settings.consul_agent_token.get_secret_value(),
        "Description": "The agents of Apollo's nodes",
        "Policies": [{"Name": "apollo-agent"}],
    }
    return Step(
        name="consul-access",
        title="Set Consul's policies and the agents' token",
        after=("consul",),
        secret=File(path=_TOKEN, content=json.dumps(token, indent=2), mode="0600"),
        errors=render("consul/consul-access.errors.sh"),
        apply=render(
            "consul/consul-access.apply.sh",
            http=http,
            policies=bodies,
            accessor=_AGENT_ACCESSOR,
            management_token=management_token,
            token=_TOKEN,
        ),
    )
