"""The load balancer in front of the slaves' HAProxy."""

from infra.services import haproxy_config
from tests.unit.program import config, launch


def test_the_balancer_forwards_to_every_slave_and_checks_the_health_url_of_haproxy() -> None:
    recording = launch()
    attached = recording.of_type("aws:lb/targetGroupAttachment:TargetGroupAttachment")
    assert {one.inputs["targetId"] for one in attached.values()} == {"slave-1-id", "slave-2-id"}
    (group,) = recording.of_type("aws:lb/targetGroup:TargetGroup").values()
    assert group.inputs["healthCheck"]["path"] == haproxy_config.HEALTH_PATH
    assert group.inputs["healthCheck"]["protocol"] == "HTTP"
    (balancer,) = recording.of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert balancer.inputs["loadBalancerType"] == "network"
    assert len(balancer.inputs["subnets"]) == 3


def test_every_zone_of_the_balancer_answers_where_only_some_have_a_slave() -> None:
    (balancer,) = launch(config(slaveCount=1)).of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert len(balancer.inputs["subnets"]) == 3
    assert balancer.inputs["enableCrossZoneLoadBalancing"] is True


def test_without_haproxy_there_is_no_balancer_and_no_port_80() -> None:
    recording = launch(config(services=["consul", "dns", "registrator"]))
    assert not recording.of_type("aws:lb/loadBalancer:LoadBalancer")
    rules = recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()
    assert 80 not in {rule.inputs.get("fromPort") for rule in rules}
