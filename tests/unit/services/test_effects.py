"""What steps bring about outside their files, as nodes print it."""

import pytest

from tests.unit.plans import plan, steps

EFFECTS = {
    "kernel settings": "net.ipv4.tcp_retries2 = 5\n",
    "bridge weave": """\
up, mac 02:0a:02:00:00:0a, mtu 8916
address 10.2.0.10/16
route 10.2.0.0/16 proto kernel scope link src 10.2.0.10
""",
    "options of the running docker": """\
--bridge=weave
--fixed-cidr=10.2.10.0/24
--mtu=8916
--ip=10.0.0.13
--dns=10.2.0.10
--dns-search=service.consul
""",
    "peers that the router dials": "10.0.0.4\n10.0.32.5\n10.0.64.6\n",
}


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_is_expected_as_the_plan_has_it(name: str) -> None:
    found = {effect.name: effect.expected for step in steps(plan()).values() for effect in step.effects}
    assert found[name] == EFFECTS[name]


def test_an_effect_is_in_no_script() -> None:
    for step in steps(plan()).values():
        for effect in step.effects:
            assert effect.command not in step.apply + step.check
