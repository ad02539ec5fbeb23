"""Host keys: one for each node, the same each time, and nothing of the login's own in it."""

import base64

import yaml
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from infra.plan.host_keys import host_key
from infra.resources.machine import user_data
from tests.unit.plans import plan
from tests.unit.program import key_pair, launch


def test_a_key_belongs_to_its_node_and_is_the_same_each_time() -> None:
    first, again = plan(), plan()
    keys = {node.name: host_key(node.name, first.settings) for node in first.nodes}
    assert keys == {node.name: host_key(node.name, again.settings) for node in again.nodes}
    assert len({key.public for key in keys.values()}) == len(first.nodes)
    for key in keys.values():
        private = load_pem_private_key(key.private.encode(), password=None)
        assert isinstance(private, EllipticCurvePrivateKey)
        public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        assert public == key.public
        assert public.startswith("ecdsa-sha2-nistp256 ")


def test_host_keys_change_with_their_own_secret_and_not_with_the_login() -> None:
    one = plan()
    _, private = key_pair.__wrapped__()
    node = one.masters[0]
    login = plan(sshPrivateKey=private)
    assert host_key(node.name, one.settings) == host_key(node.name, login.settings)
    other = plan(hostKeySecret=base64.b64encode(bytes(32)).decode())
    assert host_key(node.name, one.settings) != host_key(node.name, other.settings)


def test_a_machine_with_another_host_key_is_another_machine() -> None:
    whole = plan()
    expected = {node.name: host_key(node.name, whole.settings).public for node in whole.nodes}
    assert {name: found.replacement_trigger for name, found in launch().instances.items()} == expected


def test_a_private_key_is_not_shown() -> None:
    whole = plan()
    assert "PRIVATE" not in repr(host_key(whole.masters[0].name, whole.settings))


def test_cloud_init_gets_both_halves() -> None:
    whole = plan()
    node = whole.slaves[0]
    key = host_key(node.name, whole.settings)
    data = yaml.safe_load(user_data(node, whole.settings, key))
    assert data["ssh_keys"] == {"ecdsa_public": key.public, "ecdsa_private": key.private}
    assert data["ssh_deletekeys"]
