"""Makes the load balancers of this machine follow the API's records, and the API report what they do."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from sandbox.balancing.process import Process
from sandbox.balancing.spec import Health, Order, Report
from sandbox.cloud import elb_addresses, elb_answers, elb_state
from sandbox.cloud.moto_state import Region, regions
from sandbox.cloud.site import Site
from sandbox.home import Home
from sandbox.hosts.programs import HostError

RESTART_SECONDS = 1.0
NOT_YET = "it has not started yet"
MakeProcess = Callable[[Home, str, Callable[[Report], None]], Process]
log = logging.getLogger("cloud")


class Keeper:
    """Keeps the process of one load balancer as ordered last: a thread for the load balancer's life.

    `up` is called in that thread before the first order.
    """

    def __init__(self, home: Home, name: str, make: MakeProcess, up: Callable[[], None], prefixlen: int) -> None:
        self.report = Report(problem=NOT_YET)
        self.last: Order | None = None
        self._up, self._prefixlen = up, prefixlen
        self.process = make(home, name, self._reported)
        self._orders: queue.Queue[Order | None] = queue.Queue()
        self.thread = threading.Thread(target=self._live, name=name, daemon=True)
        self.thread.start()

    def follow(self, order: Order) -> None:
        if order != self.last:
            self.last = order
            self._orders.put(order)

    def end(self) -> None:
        """Remove it; `thread` ends when it is gone."""
        self._orders.put(None)

    def _live(self) -> None:
        while order := self._orders.get():
            if self._orders.empty():  # a later order has all of an earlier one
                self._carry_out(order)
        self.process.remove()

    def _carry_out(self, order: Order) -> None:
        try:
            self._up()
            self.process.follow(order, self._prefixlen)
        except (HostError, OSError) as problem:
            self._reported(Report(problem=str(problem)))

    def _reported(self, report: Report) -> None:
        if report.problem != self.report.problem:
            log.info("%s: %s", self.process.name, report.problem or "it listens")
        self.report = report
        if report.problem and not self.process.alive() and self.last:
            time.sleep(RESTART_SECONDS)
            self._orders.put(self.last)

    def state(self) -> str:
        """As AWS calls it."""
        return {"": "active", NOT_YET: "provisioning"}.get(self.report.problem, "failed")


class LoadBalancers:
    """A keeper for each network load balancer. Call every method with the lock of moto's state held."""

    def __init__(self, home: Home, site: Site, make: MakeProcess = Process) -> None:
        self.home, self.site, self.make = home, site, make
        self.keepers: dict[str, Keeper] = {}

    def follow(self) -> None:
        """Have each load balancer as the API has it; returns before the processes have changed."""
        present = set()
        for region in regions():
            elb_answers.answer_health(region, self._health)
            for balancer in elb_state.network_balancers(region):
                present.add(balancer.arn)
                self._follow_one(region, balancer)
        for arn in self.keepers.keys() - present:
            self.keepers.pop(arn).end()
            for region in regions():
                elb_addresses.withdraw(region, arn)

    def _follow_one(self, region: Region, balancer: Any) -> None:
        addresses = elb_addresses.place(region, balancer)
        balancer.dns_name = str(next(iter(addresses.values())))
        if balancer.arn not in self.keepers:
            vpc = IPv4Network(region.vpc(balancer.vpc_id).cidr_block)
            keeper = Keeper(self.home, balancer.name, self.make, lambda: self.site.up(vpc), vpc.prefixlen)
            elb_answers.answer_state(balancer, keeper.state)
            self.keepers[balancer.arn] = keeper
        self.keepers[balancer.arn].follow(elb_state.order(region, balancer, addresses))

    def _health(self, group: str) -> list[Health]:
        reports = (keeper.report for keeper in self.keepers.values())
        return [health for report in reports for health in report.health if health.group == group]

    def end(self) -> list[threading.Thread]:
        """Begin to remove all of them; returns the threads that do."""
        for keeper in self.keepers.values():
            keeper.end()
        return [keeper.thread for keeper in self.keepers.values()]
