"""What all hosts of a VPC share on this machine: switch, firewall, metadata, registry; up while there is a host."""

import threading
from ipaddress import IPv4Network

from sandbox.home import Home
from sandbox.hosts.base.build import any_base
from sandbox.hosts.firewall import Firewall
from sandbox.hosts.network import METADATA, gateway, network_down, network_up
from sandbox.images.docker_registry import Registry
from sandbox.metadata.server import Server, listen_in
from sandbox.metadata.service import InstanceAt, Service

REGISTRY_PORT = 5000


class Site:
    """The network of one VPC at a time. Safe to call from every keeper's thread.

    `instance_at` finds the instance that has an address; whoever knows the instances sets it.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.firewall = Firewall(home)
        self.instance_at: InstanceAt = lambda _: None
        self.vpc: IPv4Network | None = None
        self.registry: Registry | None = None
        self.metadata: Server | None = None
        self._lock = threading.Lock()

    def address_of_registry(self, vpc: IPv4Network) -> str:
        return f"{gateway(vpc)}:{REGISTRY_PORT}"

    def up(self, vpc: IPv4Network) -> None:
        """Have the switch of `vpc` and what is on it; those of another VPC go first. Raises HostError."""
        with self._lock:
            if self.vpc == vpc:
                return
            self._down()
            network_up(self.home, vpc)
            self.firewall.up()
            self.metadata = Server(listen_in(self.home.name, str(METADATA)), Service(self.instance_at))
            self.registry = Registry(self.home, any_base(self.home), self.address_of_registry(vpc))
            self.registry.start()
            self.vpc = vpc  # last: after a failure the next host tries again

    def down(self) -> None:
        with self._lock:
            self._down()

    def _down(self) -> None:
        if self.registry:
            self.registry.stop()
        if self.metadata:
            self.metadata.close()
        self.firewall.down()
        network_down(self.home)
        self.vpc, self.registry, self.metadata = None, None, None
