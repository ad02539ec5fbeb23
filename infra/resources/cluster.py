"""The cluster: its network, and side by side each node's machine and what is provisioned on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.plan.plan import Node, Plan
from infra.resources.balancer import Balancer, BalancerArgs
from infra.resources.machine import Machine, MachineArgs
from infra.resources.network import Network, NetworkArgs
from infra.resources.provision import Provision, ProvisionArgs, ssh_command
from infra.services import registry as services
from infra.services import scale_in
from infra.steps.step import Service


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    plan: Plan
    services: Sequence[Service]
    stack: str


class Cluster(pulumi.ComponentResource):
    """`nodes`: what the outside needs to know of each node, by name; never a secret among it.

    `balancer` is the DNS name that leads to the slaves' port 80; empty where nothing listens there.
    """

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:cluster:Cluster", name, None, opts)
        self._plan, self._services, self._stack = args.plan, args.services, args.stack
        provider = aws.Provider(
            "aws",
            region=args.plan.settings.region,
            default_tags={"tags": {"project": name, "stack": args.stack}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._cloud = pulumi.ResourceOptions(parent=self, providers=[provider])
        self._network = Network(
            "network", NetworkArgs(plan=args.plan, ports=services.ports(args.services)), self._cloud
        )
        key = aws.ec2.KeyPair(
            "login",
            public_key=args.plan.settings.ssh_public_key,
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
        )
        self._key_name = key.key_name
        self._image = self._current_image(provider)
        self._machines: dict[str, Machine] = {}
        self._steps = services.steps(args.plan, args.services)
        self.gates: list[pulumi.Resource] = []
        self.nodes = {node.name: self._node(node) for node in args.plan.nodes}
        self._scale_in()
        self.balancer = self._balancer()
        self.register_outputs({"nodes": self.nodes, "balancer": self.balancer})

    def _scale_in(self) -> None:
        """Behind every node's gate, so that who leaves does so when all others are well, and is deleted next."""
        if not (step := scale_in.step(self._plan)):
            return
        first = self._plan.masters[0]
        Provision(
            "scale-in",
            ProvisionArgs(
                settings=self._plan.settings,
                node=first,
                machine=self._machines[first.name],
                steps=(step,),
                behind=self.gates,
            ),
            self._cloud,
        )

    def _balancer(self) -> pulumi.Input[str]:
        if not any(service.name == "haproxy" for service in self._services):
            return ""
        slaves = {node.name: self._machines[node.name] for node in self._plan.slaves}
        return Balancer("balancer", BalancerArgs(network=self._network, slaves=slaves), self._cloud).dns_name

    def _current_image(self, provider: aws.Provider) -> pulumi.Input[str]:
        settings = self._plan.settings
        if settings.ami or settings.system.image_parameter is None:
            return settings.ami
        parameter = aws.ssm.get_parameter_output(
            name=settings.system.image_parameter,
            opts=pulumi.InvokeOutputOptions(parent=self, provider=provider),
        )
        # The provider calls every parameter's value a secret; a public image's id is none.
        return pulumi.Output.unsecret(parameter.value)

    def _node(self, node: Node) -> dict[str, Any]:
        plan, settings = self._plan, self._plan.settings
        machine = Machine(
            node.name,
            MachineArgs(plan=plan, node=node, network=self._network, key_name=self._key_name, image=self._image),
            self._cloud,
        )
        self._machines[node.name] = machine
        provision = Provision(
            node.name,
            ProvisionArgs(settings=settings, node=node, machine=machine, steps=self._steps[node.name]),
            self._cloud,
        )
        self.gates.append(provision.commands["gate"])
        return {
            "role": node.role,
            "index": node.index,
            "bridge": str(node.bridge),
            "containers": str(node.containers),
            "privateAddress": str(node.private_address),
            "address": machine.host,
            "zone": node.zone,
            "peers": [peer.name for peer in plan.peers(node)],
            "weaverDigest": provision.commands["weave-binaries"].stdout.apply(str.strip),
            "hostKey": machine.host_key,
            "ssh": ssh_command(self._stack, settings, node, machine),
        }
