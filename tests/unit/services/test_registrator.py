"""What registrator is told, and by which file it gets its token."""

import re

import pytest

from infra.services.registrator import REGISTRATOR
from tests.unit.plans import files, plan, steps
from tests.unit.program import AGENT_TOKEN


@pytest.mark.parametrize(("node", "address"), [("master-1", "10.0.0.4"), ("slave-2", "10.0.32.14")])
def test_containers_are_registered_with_the_ports_and_addresses_that_they_have_on_the_weave_network(
    node: str, address: str
) -> None:
    unit = re.sub(r" \\\n *", " ", files(plan(), node)["/etc/systemd/system/registrator.service"].content)
    command = re.search(r"/registrator:\S+ (.*)$", unit, flags=re.MULTILINE)
    assert command
    assert command[1].split() == [
        *("-internal", "-cleanup", "-ip", address, "-resync", "30", "-retry-attempts", "-1"),
        "consul://127.0.0.1:8500",
    ]
    assert "--volume /var/run/docker.sock:/tmp/docker.sock " in unit
    assert "--env-file /etc/registrator/environment " in unit


def test_the_default_image_is_one_that_current_docker_can_pull() -> None:
    """v7 of April 2016 is the last release; its manifest, and those of older ones, have schema 1."""
    assert REGISTRATOR.images["registrator"].rpartition(":")[2] not in {"v5", "v6", "v7", "latest"}


def test_the_token_is_in_a_file_of_roots_own() -> None:
    secret = steps(plan())["registrator"].secret
    assert secret is not None
    assert (secret.path, secret.mode) == ("/etc/registrator/environment", "0600")
    assert secret.content == f"CONSUL_HTTP_TOKEN={AGENT_TOKEN}\n"
