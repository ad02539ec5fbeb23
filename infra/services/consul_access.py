"""Who may do what in Consul: its policies and the agents' token, which it keeps among its data."""

import json

from infra.plan.plan import Plan
from infra.steps.step import File, Step
from infra.steps.templates import render

_POLICIES = {
    "anonymous": "For who has no token: everything may be read",
    "agent": "For the nodes: they register themselves and their services",
}
_TOKEN = "/etc/consul-access/token.json"  # noqa: S105
_AGENT_ACCESSOR = "a9011000-0000-4000-8000-000000000001"
"""The public name of the agents' token, always the same, so that a second `up` finds what the first made."""


def step(plan: Plan, http: str, secrets: str) -> Step:
    """The step of one master; `secrets` is the file on it that holds the token that may do all."""
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
        after=("consul",),
        secret=File(path=_TOKEN, content=json.dumps(token, indent=2), mode="0600"),
        errors=render("consul/consul-access.errors.sh"),
        apply=render(
            "consul/consul-access.apply.sh",
            http=http,
            policies=bodies,
            accessor=_AGENT_ACCESSOR,
            secrets=secrets,
            token=_TOKEN,
        ),
    )
