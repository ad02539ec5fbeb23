"""Makes the hosts of this machine follow the EC2 API's state, and the API's state follow the hosts."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sandbox.ami import system_of
from sandbox.cloud.instance_metadata import instance_metadata
from sandbox.cloud.keeper import Keeper
from sandbox.cloud.load_balancers import LoadBalancers
from sandbox.cloud.moto_state import Region, regions, set_state
from sandbox.cloud.pace import Pace, late_sshd
from sandbox.cloud.security_groups import policy
from sandbox.cloud.site import Site
from sandbox.home import Home
from sandbox.hosts.base.systems import SYSTEMS
from sandbox.hosts.first_files import first_files
from sandbox.hosts.host import Host, HostSpec
from sandbox.images.engine import host_layers
from sandbox.metadata.instance import Instance

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
log = logging.getLogger("cloud")


class Reconciler:
    """One keeper for each instance. `lock` guards moto's state: hold it to read or change that."""

    def __init__(self, home: Home, site: Site, make_host: Callable[[Home, HostSpec], Host] = Host) -> None:
        self.home, self.site, self.make_host = home, site, make_host
        self.lock = threading.RLock()
        self.keepers: dict[str, Keeper] = {}
        self.balancers = LoadBalancers(home, site)
        self.pace = Pace()
        site.instance_at = self.instance_at

    def follow(self) -> None:
        """Have each keeper bring its host to its instance's state; returns before the hosts have changed."""
        with self.lock:
            self._filter()  # before a new host is on the switch
            for region, instance in self._instances():
                self._follow_one(region, instance)
            self._follow_balancers()
            self._filter()  # with the addresses that load balancers have now
            self._network()

    def _filter(self) -> None:
        self.site.firewall.enforce(policy(regions()))

    def _follow_one(self, region: Region, instance: Any) -> None:
        keeper, state = self.keepers.get(instance.id), instance.state
        if keeper is None:
            if state == "running":
                self._launch(region, instance)
            return
        if state == "terminated" and keeper.goal != "terminated":
            set_state(instance, "shutting-down")
            keeper.terminate()
        elif state == "stopped" and keeper.goal == "running":
            set_state(instance, "stopping")
            keeper.stop()
        elif state == "running" and keeper.goal == "stopped":
            set_state(instance, "pending")
            keeper.start()

    def _follow_balancers(self) -> None:
        """Their failure is no reason to fail the request, or the host, that made them follow."""
        try:
            self.balancers.follow()
        except Exception:
            log.exception("the load balancers do not follow the API")

    def _network(self) -> None:
        """Remove the network once its VPC is gone."""
        made = {IPv4Network(vpc.cidr_block) for region in regions() for vpc in region.own_vpcs()}
        if self.site.vpc and self.site.vpc not in made and not self.keepers and not self.balancers.keepers:
            self.site.down()

    def _launch(self, region: Region, instance: Any) -> None:
        """Give a new instance a keeper; one that cannot be a host ends as on AWS: terminated, with a reason."""
        set_state(instance, "pending")
        try:
            self._keep(region, instance)
        except Exception as problem:
            log.exception("%s", instance.id)
            set_state(instance, "terminated", why=("Server.InternalError", repr(problem)))
            region.release_addresses(instance)

    def _keep(self, region: Region, instance: Any) -> None:
        vpc = IPv4Network(region.vpc(instance.vpc_id).cidr_block)
        spec = self._spec(instance, vpc)

        def report(state: str, why: str) -> None:
            self._report(region, instance, state, why)

        log.info("%s %s %s: launch", instance.id, spec.name, spec.address)
        host = self.make_host(self.home, spec)
        self.keepers[instance.id] = Keeper(host, lambda: self.site.up(vpc), report, lambda: self.pace.seconds("boot"))

    def _spec(self, instance: Any, vpc: IPv4Network) -> HostSpec:
        hostname = f"ip-{instance.private_ip.replace('.', '-')}"
        return HostSpec(
            name=self._free_name(instance),
            instance_id=instance.id,
            hostname=hostname,
            address=IPv4Address(instance.private_ip),
            prefixlen=vpc.prefixlen,
            base=host_layers(self.home, SYSTEMS[system_of(instance.image_id)]),
            files={
                **first_files(hostname=hostname, registry=self.site.address_of_registry(vpc)),
                **late_sshd(self.pace.seconds("sshd")),
            },
        )

    def _free_name(self, instance: Any) -> str:
        """The instance's Name tag, if it can be a file name and no other host has it; its id otherwise."""
        name = next((tag["value"] for tag in instance.get_tags() if tag["key"] == "Name"), "")
        taken = {keeper.host.spec.name for keeper in self.keepers.values()}
        return name if NAME.fullmatch(name) and name not in taken else str(instance.id)

    def _report(self, region: Region, instance: Any, state: str, why: str) -> None:
        """A keeper reports the state that its host has reached."""
        log.info("%s: %s%s", instance.id, state, f": {why}" if why else "")
        with self.lock:
            if state == "terminated":
                del self.keepers[instance.id]
                region.release_addresses(instance)
            if state != "running" or instance.state == "pending":
                set_state(instance, state, why=("Server.InternalError", why) if why else None)
            self._follow_balancers()
            self._network()

    def named(self, name: str) -> Keeper | None:
        """The keeper of the host with this name or instance id, None where there is none."""
        with self.lock:
            found = (
                keeper
                for keeper in self.keepers.values()
                if name in (keeper.host.spec.name, keeper.host.spec.instance_id)
            )
            return next(found, None)

    def instance_at(self, address: str) -> Instance | None:
        """The metadata of the instance whose host has `address`, None where there is none."""
        with self.lock:
            for region, instance in self._instances():
                if instance.id in self.keepers and instance.private_ip == address:
                    return instance_metadata(region, instance)
        return None

    def shut_down(self) -> None:
        """Remove every host and the network, and wait until they are gone."""
        with self.lock:
            keepers = list(self.keepers.values())
            ending = self.balancers.end()
        for keeper in keepers:
            keeper.terminate()
        for thread in [*ending, *(keeper.thread for keeper in keepers)]:
            thread.join()
        self.site.down()

    def _instances(self) -> Iterator[tuple[Region, Any]]:
        for region in regions():
            for instance in region.instances():
                yield region, instance
