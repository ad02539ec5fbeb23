"""What `make rotate` rotates, by KEY."""

from collections.abc import Mapping, Sequence

from ops.init import SECRETS, ssh_key
from ops.rotate import consul, ssh, weave
from ops.rotate.phases import Phase
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
    "ssh": Kind(config="sshPrivateKey", generate=ssh_key, verify=ssh.verify),
}

OWN_PHASES: Mapping[str, Sequence[Phase]] = {"ssh": ssh.PHASES}
"""By KEY, where the usual phases do not serve."""
