"""HAProxy's configuration: the stack's values in it, and what another one restarts."""

from pathlib import Path

import pytest

from infra.plan.plan import Plan
from infra.services import haproxy, haproxy_config
from tests.unit.plans import plan
from tests.unit.services.conftest import Haproxy


@pytest.mark.parametrize("changes", [{}, {"haproxyMaxConnections": 100, "haproxyConnectTimeoutSeconds": 1}])
def test_haproxy_accepts_its_first_configuration(
    changes: dict[str, object], haproxy_program: Haproxy, tmp_path: Path
) -> None:
    whole = plan(**changes)
    (tmp_path / "haproxy.cfg").write_text(haproxy_config.initial(whole.slaves[0], whole))
    checked = haproxy_program.run("-c", "-f", str(tmp_path / "haproxy.cfg"))
    assert checked.returncode == 0, checked.stderr


def test_values_of_the_stack_apply_until_consul_has_others() -> None:
    whole = plan(haproxyMaxConnections=100, domain="apps.example.org")
    first = haproxy_config.initial(whole.slaves[0], whole)
    live = haproxy_config.source(whole.slaves[0], whole)
    assert "  maxconn 100\n" in first
    assert '  maxconn {{ with keyOrDefault "apollo/haproxy/maxConnections" "100" | trimSpace }}' in live
    assert "{{ else }}100{{ end }}{{ end }}\n" in live
    assert "backend {{ $name }}.apps.example.org\n" in live
    assert "bind 10.0.0.13:8404\n" in live


def test_another_value_for_haproxy_restarts_no_haproxy() -> None:
    def units(whole: Plan) -> dict[str, str]:
        slave = whole.slaves[0]
        return {step.name: step.script(slave, "systemd") for step in haproxy.HAPROXY.steps(slave, whole)}

    before, after = units(plan()), units(plan(haproxyMaxConnections=100))
    assert {name for name in before if before[name] != after[name]} == {"haproxy-initial-config", "consul-template"}


@pytest.mark.parametrize(
    ("key", "default", "text"),
    [
        (
            "maxConnections",
            4096,
            '{{ with keyOrDefault "apollo/haproxy/maxConnections" "4096" | trimSpace }}'
            '{{ if . | regexMatch "^[1-9][0-9]*$" }}{{ . }}{{ else }}4096{{ end }}{{ end }}',
        ),
        (
            "clientTimeoutSeconds",
            1,
            '{{ with keyOrDefault "apollo/haproxy/clientTimeoutSeconds" "1" | trimSpace }}'
            '{{ if . | regexMatch "^[1-9][0-9]*$" }}{{ . }}{{ else }}1{{ end }}{{ end }}',
        ),
    ],
)
def test_a_live_value_is_consuls_number_or_the_default(key: str, default: int, text: str) -> None:
    assert haproxy_config.live(key, default) == text
