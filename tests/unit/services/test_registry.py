"""What the registry collects from the services: their web pages and the front that the load balancer serves."""

from typing import get_args

from infra.config.settings import ServiceName
from infra.services import registry
from infra.services.consul import CONSUL
from infra.steps.service import Service, Ui
from tests.unit.plans import plan


def test_a_web_page_is_at_the_private_address_of_every_node_that_serves_it() -> None:
    whole = plan(services=["consul", "zookeeper", "mesos", "marathon", "haproxy", "scope"])
    found = registry.ui_urls(whole, registry.chosen(whole.settings))
    assert found["marathon"] == [f"http://{address}:8080/ui/" for address in ("10.0.0.4", "10.0.32.5", "10.0.64.6")]
    assert found["haproxy"] == ["http://10.0.0.13:8404/", "http://10.0.32.14:8404/"]
    assert set(found) == {"consul", "mesos", "marathon", "haproxy", "scope"}
    assert set(registry.ui_urls(whole, [CONSUL])) == {"consul"}


def test_a_web_page_may_be_on_every_node() -> None:
    whole = plan()
    everywhere = Service(name="node-exporter", steps=lambda *_: (), ui=Ui(port=9100))
    assert registry.ui_urls(whole, [everywhere]) == {
        "node-exporter": [f"http://{node.private_address}:9100/" for node in whole.nodes]
    }


def test_haproxy_alone_has_a_front() -> None:
    assert [service.name for service in registry.OFFERED if service.front] == ["haproxy"]
    assert registry.front([CONSUL]) is None


def test_service_names_are_those_of_the_offered_services() -> None:
    different = set(get_args(ServiceName)) ^ {service.name for service in registry.OFFERED}
    assert not different, (
        f"{sorted(different)}: name it in ServiceName (infra/config/settings.py) and in OFFERED "
        "(infra/services/registry.py), or in neither"
    )
