"""Which rules an action has to pass, in the order in which they are checked."""

from collections.abc import Mapping

from sandbox.cloud.rules import balancers, groups, instances, networks, quotas
from sandbox.cloud.rules.request import Refusal, Request, Rule

EC2: Mapping[str, tuple[Rule, ...]] = {
    "AllocateAddress": (quotas.addresses,),
    "AssociateAddress": (networks.gateway_for_address,),
    "AttachInternetGateway": (networks.one_gateway,),
    "AuthorizeSecurityGroupEgress": (groups.permissions, quotas.group_rules),
    "AuthorizeSecurityGroupIngress": (groups.permissions, quotas.group_rules),
    "CreateInternetGateway": (quotas.gateways,),
    "CreateNatGateway": (networks.gateway_for_nat, quotas.nat_gateways),
    "CreateRoute": (networks.route_to_attached,),
    "CreateSecurityGroup": (groups.group_names, quotas.groups),
    "CreateSubnet": (networks.subnet_range, quotas.subnets),
    "CreateVpc": (networks.vpc_range, quotas.vpcs),
    "DeleteSecurityGroup": (groups.group_unused,),
    "DeleteSubnet": (networks.subnet_unused,),
    "DeleteVpc": (networks.vpc_unused,),
    "DetachInternetGateway": (networks.gateway_unused,),
    "ImportKeyPair": (instances.key_name,),
    "ModifyInstanceAttribute": (instances.kind, instances.user_data, quotas.plan),
    "ReleaseAddress": (networks.address_unused,),
    "ReplaceRoute": (networks.route_to_attached,),
    "RunInstances": (
        *(instances.kind, instances.user_data, instances.volume, instances.login),
        *(instances.image_and_place, instances.groups),
        *(quotas.groups_per_interface, quotas.plan, quotas.running_vcpus),
    ),
    "StartInstances": (quotas.running_vcpus,),
}
BALANCING: Mapping[str, tuple[Rule, ...]] = {
    "CreateListener": (balancers.port_free,),
    "CreateLoadBalancer": (balancers.name, balancers.subnets, balancers.groups, quotas.balancers),
    "CreateTargetGroup": (quotas.target_groups,),
    "RegisterTargets": (balancers.targets_run,),
}
SERVICES = {"ec2": EC2, "elasticloadbalancing": BALANCING}
"""By the name of the service in a request's signature."""


def refuse(service: str, request: Request) -> Refusal | None:
    """Why AWS (or the sandbox) would refuse the request; None where moto may have it."""
    rules = SERVICES.get(service, {}).get(request.action, ())
    return next((refusal for rule in rules for refusal in rule(request)), None)
