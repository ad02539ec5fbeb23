"""Requests per second, measured by wrk in a node's network."""

import re
from dataclasses import dataclass

from bench.workspace import ProjectCopy
from ops.remote.errors import OperatorError

CONNECTIONS = 32
SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Client:
    """wrk on this machine, in the network of the node `node`."""

    project: ProjectCopy
    node: str

    def rate(self, url: str, host: str, *, seconds: int = SECONDS) -> float:
        """Requests per second over `seconds`; raises OperatorError if one was not answered with 2xx."""
        header = f"Host: {host}"
        words = ("wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}", "--header", header)
        return rate_of(self.project.within(self.node, *words, url))


def rate_of(output: str) -> float:
    """The rate in the output of wrk; raises OperatorError if requests failed."""
    found = re.search(r"^Requests/sec: +([\d.]+)$", output, re.MULTILINE)
    failed = re.search(r"^ *(Socket errors|Non-2xx or 3xx responses): .*$", output, re.MULTILINE)
    if failed or not found:
        raise OperatorError(f"wrk counted requests that failed: {failed[0].strip() if failed else output.strip()}")
    return float(found[1])
