"""What the load balancers' API answers of those that run here, in place of moto's own answers."""

from collections.abc import Callable
from typing import Any

from sandbox.balancing.spec import Health
from sandbox.cloud.moto_state import Region

HealthOf = Callable[[str], list[Health]]  # the targets of a group, by its ARN


def answer_health(region: Region, health_of: HealthOf) -> None:
    """Have DescribeTargetHealth answer what `health_of` says; moto calls every target healthy."""
    elb = region.service("elbv2")
    if "describe_target_health" in vars(elb):
        return
    by_moto = elb.describe_target_health

    def describe(target_group_arn: str, targets: list[dict[str, Any]]) -> list[Any]:
        seen = {health.target: health for health in health_of(target_group_arn)}
        group = elb.target_groups.get(target_group_arn)
        if group and not targets:
            draining = [name for name in seen if name not in group.targets]
            targets = [*group.targets.values(), *({"Id": name} for name in draining)]
        answers = by_moto(target_group_arn, targets)
        for answer in answers:
            _correct(answer, seen.get(answer.instance_id), in_use=elb._any_listener_using(target_group_arn))
        return list(answers)

    elb.describe_target_health = describe


def _correct(answer: Any, seen: Health | None, *, in_use: bool) -> None:
    """`seen` is the target as the load balancer has it; moto knows what is stopped or not registered."""
    if answer.status == "healthy" and not in_use:
        answer.status, answer.reason = "unused", "Target.NotInUse"
        answer.description = "Target group is not configured to receive traffic from the load balancer"
    elif answer.status == "healthy" and not seen:
        answer.status, answer.reason = "initial", "Elb.RegistrationInProgress"
        answer.description = "Target registration is in progress"
    elif answer.status == "draining" and not seen:
        answer.status, answer.reason = "unused", "Target.NotRegistered"
        answer.description = "Target is not registered to the target group"
    elif seen and (answer.status == "healthy" or seen.state == "draining") and answer.reason != "Target.InvalidState":
        answer.status = seen.state
        answer.reason, answer.description = seen.reason or None, seen.description or None


def answer_state(balancer: Any, state: Callable[[], str]) -> None:
    """Have DescribeLoadBalancers answer what `state` says; moto calls one active as soon as it is described."""

    def activate() -> None:  # moto calls it before each answer
        balancer.state = state()

    balancer.activate = activate
