"""Changes of a cluster that is in use: none of its users' requests fails, and no quorum is lost.

Each scenario begins with the cluster that the one before it left, so that each takes one `up`. All of them take about
an hour.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Network
from typing import Any

import httpx
import pytest
import yaml

from bench.workspace import RANGES, ProjectCopy
from infra.plan import addressing
from sandbox.ami import AMI_OF
from sandbox.home import Home
from sandbox.images.oci import MANIFEST, digest
from tests.e2e.conftest import need_hosts
from tests.e2e.hosts.cluster import until
from tests.e2e.rolling.watch import Watch, watched
from tests.e2e.services.seen import MIRROR, addresses, let_in
from tests.e2e.services.witness import Witness, running, until_none

pytestmark = pytest.mark.long
Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""From the stack's config to the keys that change."""
UP = ("./pulumiw", "up", "-s", "sandbox", "--yes", "--skip-preview")
_SECONDS_MOST = 2400.0
_VPC = IPv4Network(RANGES["vpcCidr"])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    project = ProjectCopy.create(tmp_path_factory.mktemp("rolling"), config={"masterCount": 3, "slaveCount": 2})
    need_hosts(Home(project.folder), RANGES)
    try:
        project.make("up", check=False)
        let_in(project)
        until(project.well, "the cluster is well")
        yield project
    finally:
        project.make("clean")


@pytest.fixture(scope="module")
def app(cluster: ProjectCopy) -> Iterator[Witness]:
    with running(cluster, 2) as witness:
        yield witness


def config(cluster: ProjectCopy) -> dict[str, Any]:
    found = yaml.safe_load((cluster.folder / "Pulumi.sandbox.yaml").read_text())["config"]
    return {key.removeprefix("apollo:"): value for key, value in found.items() if key.startswith("apollo:")}


def configure(cluster: ProjectCopy, values: Mapping[str, Any]) -> None:
    file = cluster.folder / "Pulumi.sandbox.yaml"
    stack = yaml.safe_load(file.read_text())
    stack["config"] |= {f"apollo:{key}": value for key, value in values.items()}
    file.write_text(yaml.safe_dump(stack))


def pinned(image: str) -> str:
    """The same image by its digest: another text, so that its step runs."""
    repository, _, tag = image.rpartition(":")
    url = f"http://{MIRROR}/v2/{repository}/manifests/{tag}"
    answer = httpx.get(url, headers={"Accept": MANIFEST}, trust_env=False).raise_for_status()
    return f"{repository}@{digest(answer.content)}"


def masters(count: int) -> list[str]:
    """The addresses of so many, which are planned before they exist."""
    subnets = [addressing.subnet(_VPC, (index - 1) % 3) for index in range(1, count + 1)]
    return [str(addressing.private_address(subnet, place + 1)) for place, subnet in enumerate(subnets)]


def image(service: str) -> Change:
    return lambda now: {"images": {**now["images"], service: pinned(now["images"][service])}}


SCENARIOS: dict[str, Change] = {
    "another image of HAProxy": image("haproxy"),
    "another image of ZooKeeper": image("zookeeper"),
    "another image of Consul": image("consul"),
    "an option of docker": lambda _: {"consulDomain": "cluster.example"},
    "another weaveImage": lambda now: {
        "weaveImage": f"{MIRROR}/{pinned(now['weaveImage'].removeprefix(f'{MIRROR}/'))}"
    },
    "another type of slaves": lambda _: {"slaveInstanceType": "t3.large"},
    "two masters more": lambda _: {"masterCount": 5},
    "two masters fewer": lambda _: {"masterCount": 3},
    "another AMI": lambda _: {"os": "debian-13", "ami": AMI_OF["debian-13"]},
    "two more slaves": lambda _: {"slaveCount": 4},
    "an option of docker, two slaves at a time": lambda _: {"consulDomain": "more.example", "maxUnavailable": 2},
}
_MOST_APART = 20.0
"""Seconds without a connection between containers while all routers restart, on a machine with much else to do."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_request_fails_and_no_quorum_is_lost_by(app: Witness, scenario: str) -> None:
    change = SCENARIOS[scenario](config(app.cluster))
    observed(app, change, *UP)


def test_no_request_fails_while_a_slave_is_replaced(app: Witness) -> None:
    observed(app, {}, ".venv/bin/python", "-m", "ops.replace", "sandbox", "slave-2", "--yes")


def test_containers_are_apart_for_seconds_while_all_routers_change_at_once(app: Witness) -> None:
    """The masters' services, which are not in the weave network, keep their leaders: docker restarts one by one."""
    watch = changed(app, {"weaveMtu": 1400}, *UP)
    assert 0 < watch.inside.silent < _MOST_APART
    trouble = [one for one in watch.trouble() if not one.startswith(("inside:", "outside:"))]
    assert not trouble, trouble
    assert len(watch.outside.failures) < _MOST_APART * watch.outside.rate, watch.outside.failures


def observed(app: Witness, change: Mapping[str, Any], *command: str) -> None:
    watch = changed(app, change, *command)
    assert not (trouble := watch.trouble()), "\n".join([str(watch), *trouble])


def changed(app: Witness, change: Mapping[str, Any], *command: str) -> Watch:
    """Run a command with this change of the config, and look at the cluster meanwhile and afterwards."""
    cluster = app.cluster
    app.spread()
    counts = sorted((len(app.living("master")), change.get("masterCount", len(app.living("master")))))
    with watched(cluster, masters(counts[-1]), counts[0] // 2 + 1) as watch:
        configure(cluster, change)
        started = time.monotonic()
        done = cluster.run(*command, check=False, seconds=_SECONDS_MOST)
        took = time.monotonic() - started
        until_none(lambda: app.unwell("slave-1"))
    app.addresses, app.domain = addresses(cluster), config(cluster).get("consulDomain", app.domain)
    print(f"{datetime.now():%H:%M} {' '.join(command[-4:])} {dict(change)} in {took:.0f} s: {watch}", flush=True)
    assert done.returncode == 0, done.stdout
    until_none(lambda: app.trouble(2))
    return watch
