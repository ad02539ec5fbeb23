"""What all hosts share: where it fails each host fails, and the next host tries again."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from sandbox.cloud import site
from sandbox.home import Home
from sandbox.hosts.programs import HostError

VPC = IPv4Network("10.93.0.0/16")


class FakeRegistry:
    """Counts what runs; does not start before `works`."""

    works = False
    running = 0

    def __init__(self, *_: object) -> None:
        self.on = False

    def start(self) -> None:
        if not FakeRegistry.works:
            raise HostError("the registry does not listen")
        self.on = True
        FakeRegistry.running += 1

    def stop(self) -> None:
        FakeRegistry.running -= self.on


def test_a_registry_that_does_not_start_fails_for_every_host_until_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    up: list[IPv4Network] = []
    monkeypatch.setattr(site, "Registry", FakeRegistry)
    monkeypatch.setattr(site, "network_up", lambda _, vpc: up.append(vpc))
    monkeypatch.setattr(site, "network_down", lambda _: up.clear())
    shared = site.Site(Home(), Path())
    for _ in range(2):
        with pytest.raises(HostError, match="does not listen"):
            shared.up(VPC)
    FakeRegistry.works = True
    shared.up(VPC)
    shared.up(VPC)
    assert (up, FakeRegistry.running) == ([VPC], 1)
    shared.down()
    assert (up, FakeRegistry.running) == ([], 0)
