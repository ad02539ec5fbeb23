"""The cluster: the network, its nodes side by side, the removal of nodes, and the load balancer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.config.settings import Settings
from infra.plan import host_keys
from infra.plan.plan import Plan
from infra.plan.roll import Roll
from infra.resources.balancer import Balancer, BalancerArgs
from infra.resources.bastion import Bastion, BastionArgs
from infra.resources.machine import Place
from infra.resources.network import Network, NetworkArgs
from infra.resources.node import Node
from infra.resources.nodes import Nodes, NodesArgs
from infra.resources.past import Past
from infra.resources.provision import Provisioning
from infra.services import consul, registry, scale_in
from infra.steps.service import Service


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    plan: Plan
    services: Sequence[Service]
    stack: str
    past: Past
    roll: Roll


class Cluster(pulumi.ComponentResource):
    """`nodes`: the outputs of each node by its name; `made`: what the next `up` compares with, likewise, a secret.

    `gates`: the last step of each node.

    `bastion`: the outputs of the bastion; empty if nodes have public addresses.

    `load_balancer_name` is the DNS name that leads to the slaves' HAProxy; empty when no service has a front.
    """

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:cluster:Cluster", name, None, opts)
        plan, settings = args.plan, args.plan.settings
        provider = aws.Provider(
            "aws",
            region=settings.region,
            # A provider made here reads nothing of the stack's config by itself.
            profile=settings.profile or None,
            assume_roles=[
                aws.ProviderAssumeRoleArgs(**role.model_dump(exclude_none=True)) for role in settings.assume_roles
            ]
            or None,
            allowed_account_ids=list(settings.allowed_account_ids) or None,
            default_tags={"tags": {"project": name, "stack": args.stack}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        cloud = pulumi.ResourceOptions(parent=self, providers=[provider])
        network = Network("network", NetworkArgs(plan=plan, ports=registry.ports(args.services)), cloud)
        single = pulumi.ResourceOptions(parent=self, provider=provider)
        key_name = f"{name}-{args.stack}-{host_keys.label(settings)}"
        place = Place(
            network=network,
            key_name=key_name,
            # Under the same name, so that another key is for new instances and replaces none.
            key=aws.ec2.KeyPair(
                "login",
                key_name=key_name,
                public_key=settings.ssh_public_key,
                opts=pulumi.ResourceOptions.merge(single, pulumi.ResourceOptions(delete_before_replace=True)),
            ),
            image=self._image(settings, provider),
        )
        bastion = self._bastion(args, place, cloud)
        self.bastion = bastion.outputs if bastion else {}
        own = NodesArgs(
            plan=plan,
            services=args.services,
            stack=args.stack,
            past=args.past,
            roll=args.roll,
            place=place,
            bastion=bastion,
        )
        nodes = Nodes(own, self, cloud)
        self.gates = nodes.gates
        self._scale_in(plan, nodes.by_name)
        self.load_balancer_name = self._load_balancer(args, network, nodes.by_name, cloud)
        self.nodes = {name: node.outputs for name, node in nodes.by_name.items()}
        self.made = pulumi.Output.secret(nodes.made)
        self.register_outputs({"loadBalancerName": self.load_balancer_name})

    def _image(self, settings: Settings, provider: aws.Provider) -> pulumi.Input[str]:
        if settings.ami or settings.system.image_parameter is None:
            return settings.ami
        parameter = aws.ssm.get_parameter_output(
            name=settings.system.image_parameter,
            opts=pulumi.InvokeOutputOptions(parent=self, provider=provider),
        )
        # The provider marks the value of every parameter as secret; the id of a public image is not.
        return pulumi.Output.unsecret(parameter.value)

    def _bastion(self, args: ClusterArgs, place: Place, cloud: pulumi.ResourceOptions) -> Bastion | None:
        if not (group := place.network.bastion_group):
            return None
        settings = args.plan.settings
        return Bastion("bastion", BastionArgs(settings=settings, place=place, group=group, stack=args.stack), cloud)

    def _scale_in(self, plan: Plan, nodes: Mapping[str, Node]) -> None:
        """After every gate: Pulumi deletes last, so a node leaves only after all remaining nodes are healthy."""
        steps = [step for step in (scale_in.step(plan), consul.revocation(plan)) if step]
        first = plan.masters[0]
        Provisioning(
            node=first,
            init=plan.settings.system.init,
            instance=nodes[first.name].instance,
            connection=nodes[first.name].connection,
            parent=self,
            behind=self.gates,
        ).commands(steps)

    def _load_balancer(
        self, args: ClusterArgs, network: Network, nodes: Mapping[str, Node], cloud: pulumi.ResourceOptions
    ) -> pulumi.Input[str]:
        if not (front := registry.front(args.services)):
            return ""
        slaves = {slave.name: nodes[slave.name].instance for slave in args.plan.slaves}
        balancer = BalancerArgs(network=network, front=front, slaves=slaves, settings=args.plan.settings)
        return Balancer("balancer", balancer, cloud).dns_name
