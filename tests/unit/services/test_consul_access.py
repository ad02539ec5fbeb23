"""The steps that give Consul its tokens and its gossip key, run against a Consul of this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit import shell
from tests.unit.layers import unpacked
from tests.unit.plans import plan
from tests.unit.program import AGENT_TOKEN, GOSSIP_KEY, MANAGEMENT_TOKEN
from tests.unit.services.consul_server import Consul, changed, running


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("consul", tmp_path_factory.mktemp("consul")) / "usr/bin/consul"


@pytest.fixture
def consul(program: Path, tmp_path: Path) -> Iterator[Consul]:
    with running(program, tmp_path) as server:
        yield server


def test_new_secrets_are_valid_beside_the_old_ones_until_the_step_after_all_nodes(consul: Consul) -> None:
    consul.up(plan())
    theirs = consul.ask("PUT", "acl/token", MANAGEMENT_TOKEN, Policies=[{"Name": "global-management"}])["SecretID"]
    new = changed()
    tokens = (new["consulManagementToken"], new["consulAgentToken"])
    first = consul.run(plan(**new), "consul-management", "consul-access", "consul-gossip")
    assert first.returncode == 0, first.stderr
    assert all(consul.accepts(token) for token in (*tokens, MANAGEMENT_TOKEN, AGENT_TOKEN))
    assert consul.keys(tokens[0]) == {GOSSIP_KEY, new["consulGossipKey"]}

    consul.up(plan(**new))
    assert [consul.accepts(token) for token in (*tokens, MANAGEMENT_TOKEN, AGENT_TOKEN)] == [True, True, False, False]
    assert consul.keys(tokens[0]) == {new["consulGossipKey"]}
    assert consul.accepts(theirs), "a token that somebody else made stays"


def test_a_management_token_that_was_not_made_yet_is_made_with_the_one_before(consul: Consul) -> None:
    """As after a run that was cut off when the file was there and the token was not."""
    consul.up(plan())
    new = changed()
    (consul.folder / "etc/consul-access/management.next").write_text(new["consulManagementToken"])
    (consul.folder / "var/steps/consul-management").unlink()
    assert not consul.accepts(new["consulManagementToken"])
    consul.up(plan(**new))
    assert consul.accepts(new["consulManagementToken"])


def test_the_token_in_use_is_not_deleted_before_the_next_one_is_there(consul: Consul) -> None:
    consul.up(plan())
    done = consul.run(plan(**changed()), "consul-revoke")
    assert done.returncode == 1
    assert "Consul still accepts a token or a gossip key that is no longer in the config" in done.stderr
    assert consul.accepts(MANAGEMENT_TOKEN)


def test_a_master_without_its_disk_goes_on_with_the_token_of_the_config(consul: Consul) -> None:
    consul.up(plan())
    for left in (consul.folder / "etc/consul-access").iterdir():
        left.unlink()
    consul.up(plan())
    assert consul.accepts(MANAGEMENT_TOKEN)


def test_a_bootstrap_whose_answer_got_lost_counts(consul: Consul) -> None:
    """As when the servers elect another leader when it has been written, and before it is confirmed."""
    curl, lost = shutil.which("curl"), consul.folder / "lost"
    lose = f"""[[ "$*" = *acl/bootstrap* && ! -e {lost} ]] || exec {curl} "$@"
        {curl} "$@" >{lost}; printf '\\n500'"""
    (consul.folder / "bin").mkdir()
    shell.program(consul.folder / "bin", "curl", lose)
    consul.up(plan())
    assert lost.read_text().endswith("200")
    assert consul.accepts(MANAGEMENT_TOKEN)


def test_a_token_that_consul_does_not_have_and_cannot_get_is_reported_with_what_to_do(consul: Consul) -> None:
    consul.up(plan())
    (consul.folder / "etc/consul-access/management").unlink()
    done = consul.run(plan(**changed()), "consul-management")
    assert done.returncode == 1
    assert "Consul has another management token than consulManagementToken" in done.stderr
    assert consul.accepts(MANAGEMENT_TOKEN)
