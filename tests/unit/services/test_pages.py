"""Where the services' pages are."""

from infra.services import pages
from tests.unit.plans import plan


def test_the_pages_are_at_private_addresses_of_the_nodes_that_have_them() -> None:
    whole = plan(services=["consul", "zookeeper", "mesos", "marathon", "haproxy", "scope"])
    found = pages.urls(whole)
    assert found["marathon"] == [f"http://{address}:8080/ui/" for address in ("10.0.0.4", "10.0.32.5", "10.0.64.6")]
    assert found["haproxy"] == ["http://10.0.0.13:8404/", "http://10.0.32.14:8404/"]
    assert set(found) == {"consul", "mesos", "marathon", "haproxy", "scope"}
    assert set(pages.urls(plan(services=["consul"]))) == {"consul"}
