"""What `make rotate` rotates, by KEY."""

from collections.abc import Mapping

from ops.init import SECRETS
from ops.rotate import consul, weave
from ops.rotate.rotation import Kind

KINDS: Mapping[str, Kind] = {
    "weave": Kind(config="weavePassword", generate=SECRETS["weavePassword"].generate, verify=weave.verify),
    "gossip": Kind(
        config="consulGossipKey",
        generate=SECRETS["consulGossipKey"].generate,
        check=consul.every_member,
        verify=consul.verify_gossip,
        needs="consul",
    ),
    "consul-agent": Kind(
        config="consulAgentToken",
        generate=SECRETS["consulAgentToken"].generate,
        check=consul.every_member,
        verify=consul.verify_agent_token,
        needs="consul",
    ),
    "consul-management": Kind(
        config="consulManagementToken",
        generate=SECRETS["consulManagementToken"].generate,
        check=consul.every_member,
        verify=consul.verify_management_token,
        needs="consul",
    ),
}
