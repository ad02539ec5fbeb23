"""The load balancer in front of the slaves' HAProxy."""

from infra.services import haproxy_config
from tests.unit.program import Recording, config, launch

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def opened(recording: Recording) -> set[tuple[str, str, int]]:
    """Each TCP rule of the load balancer and behind it: the group, whom it lets in, the port."""
    return {
        (rule.inputs["securityGroupId"], rule.inputs.get("cidrIpv4") or "balancer-id", int(rule.inputs["fromPort"]))
        for name, rule in recording.of_type(INGRESS).items()
        if name.startswith("balancer") and rule.inputs["ipProtocol"] == "tcp"
    }


def test_the_balancer_forwards_to_every_slave_and_checks_the_health_url_of_haproxy() -> None:
    recording = launch()
    attached = recording.of_type("aws:lb/targetGroupAttachment:TargetGroupAttachment")
    assert {one.inputs["targetId"] for one in attached.values()} == {"slave-1-id", "slave-2-id"}
    (group,) = recording.of_type("aws:lb/targetGroup:TargetGroup").values()
    assert group.inputs["healthCheck"]["path"] == haproxy_config.HEALTH_PATH
    assert group.inputs["healthCheck"]["protocol"] == "HTTP"
    assert group.inputs["connectionTermination"] is True
    (balancer,) = recording.of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert balancer.inputs["loadBalancerType"] == "network"
    assert len(balancer.inputs["subnets"]) == 3
    assert balancer.delete_before_replace, "a target group has one load balancer"


def test_every_zone_of_the_balancer_answers_where_only_some_have_a_slave() -> None:
    (balancer,) = launch(config(slaveCount=1)).of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert len(balancer.inputs["subnets"]) == 3
    assert balancer.inputs["enableCrossZoneLoadBalancing"] is True


def test_without_haproxy_there_is_no_balancer_and_no_port_80() -> None:
    recording = launch(config(services=["consul", "dns", "registrator"]))
    assert not recording.of_type("aws:lb/loadBalancer:LoadBalancer")
    rules = recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()
    assert 80 not in {rule.inputs.get("fromPort") for rule in rules}


def test_a_certificate_adds_a_tls_listener_that_leads_to_a_port_of_its_own() -> None:
    recording = launch(config(certificateArn=CERTIFICATE))
    listeners = recording.of_type("aws:lb/listener:Listener")
    groups = recording.of_type("aws:lb/targetGroup:TargetGroup")
    assert {name: (one.inputs["port"], one.inputs["protocol"]) for name, one in listeners.items()} == {
        "balancer-http": (80, "TCP"),
        "balancer-https": (443, "TLS"),
    }
    assert listeners["balancer-https"].inputs["certificateArn"] == CERTIFICATE
    assert listeners["balancer-https"].inputs["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert "certificateArn" not in listeners["balancer-http"].inputs
    assert {name: group.inputs["port"] for name, group in groups.items()} == {
        "balancer-slaves": 80,
        "balancer-https-slaves": haproxy_config.HTTPS_PORT,
    }
    assert len(recording.of_type("aws:lb/targetGroupAttachment:TargetGroupAttachment")) == 4
    assert opened(recording) == {
        ("balancer-id", "0.0.0.0/0", 80),
        ("balancer-id", "0.0.0.0/0", 443),
        ("slaves-id", "balancer-id", 80),
        ("slaves-id", "balancer-id", haproxy_config.HTTPS_PORT),
    }
    assert recording.outputs["serviceUrl"] == "https://<service>.example.com/"


def test_without_a_certificate_only_port_80_is_open_and_nothing_is_in_a_zone() -> None:
    recording = launch()
    assert opened(recording) == {("balancer-id", "0.0.0.0/0", 80), ("slaves-id", "balancer-id", 80)}
    assert not recording.of_type("aws:route53/record:Record")
    assert recording.outputs["serviceUrl"] == "http://<service>.example.com/"
    assert recording.outputs["dnsRecord"] == ""


def test_a_hosted_zone_gets_an_alias_for_every_name_of_the_domain() -> None:
    recording = launch(config(hostedZone="Z0123456789", domain="apps.example.org"))
    (record,) = recording.of_type("aws:route53/record:Record").values()
    assert (record.inputs["zoneId"], record.inputs["name"], record.inputs["type"]) == (
        "Z0123456789",
        "*.apps.example.org",
        "A",
    )
    (alias,) = record.inputs["aliases"]
    assert (alias["name"], alias["zoneId"]) == ("balancer.example.amazonaws.com", "ZBALANCER")
    assert recording.outputs["dnsRecord"] == "*.apps.example.org"


def test_a_stack_without_haproxy_has_no_url_from_outside() -> None:
    assert launch(config(services=[])).outputs["serviceUrl"] == ""
