"""HAProxy's configuration: the stack's values in it, and what another one restarts."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest

from infra.plan.plan import Plan
from infra.services import haproxy, haproxy_config
from tests.unit.plans import plan
from tests.unit.services.conftest import Haproxy
from tests.unit.services.ports import free_ports
from tests.unit.waiting import until

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


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


@dataclass(frozen=True, kw_only=True)
class Front:
    """The URLs of a running HAProxy: of its HTTP port, and of the one for what the load balancer has decrypted."""

    http: str
    https: str


@contextmanager
def started(whole: Plan, program: Haproxy, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """HAProxy with its first configuration, which answers each request with the protocol that it forwards."""
    ports = free_ports(3)
    for name, port in zip(("HTTP_PORT", "HTTPS_PORT", "STATS_PORT"), ports, strict=True):
        monkeypatch.setattr(haproxy_config, name, port)
    text = haproxy_config.initial(replace(whole.slaves[0], private_address=IPv4Address("127.0.0.1")), whole)
    text = text.replace(
        'string "No service is known under this name.\\n"', 'lf-string "%[req.hdr(x-forwarded-proto)]"'
    )
    # Without the section of the process itself: its user and its socket are the container's.
    (folder / "haproxy.cfg").write_text(text[text.index("\ndefaults\n") :])
    process = program.start("-db", "-f", str(folder / "haproxy.cfg"))
    try:
        until(lambda: socket.socket().connect_ex(("127.0.0.1", ports[0])) == 0, "HAProxy listens")
        yield Front(http=f"http://127.0.0.1:{ports[0]}", https=f"http://127.0.0.1:{ports[1]}")
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("redirect", [True, False])
def test_port_80_redirects_only_if_the_config_says_so_and_never_the_health_check(
    redirect: bool, haproxy_program: Haproxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = plan(certificateArn=CERTIFICATE, redirectHttp=redirect)
    with started(whole, haproxy_program, tmp_path, monkeypatch) as front:
        for url in (front.http, front.https):
            assert httpx.get(f"{url}/haproxy-health").status_code == 503, (
                "no load balancer uses it before it is rendered"
            )
        answer = httpx.get(f"{front.http}/a?b=c", headers={"host": "shop.example.com"})
        assert answer.status_code == (308 if redirect else 404)
        assert answer.headers.get("location") == ("https://shop.example.com/a?b=c" if redirect else None)
        assert httpx.get(front.https).status_code == 404


def test_an_app_learns_whether_its_client_used_https(
    haproxy_program: Haproxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(plan(certificateArn=CERTIFICATE), haproxy_program, tmp_path, monkeypatch) as front:
        claimed = {"x-forwarded-proto": "https"}
        assert httpx.get(front.http, headers=claimed).text == "http"
        assert httpx.get(front.https).text == "https"


def test_without_a_certificate_only_port_80_is_open() -> None:
    whole = plan()
    assert "8443" not in haproxy_config.initial(whole.slaves[0], whole)
    assert "8443" not in haproxy_config.source(whole.slaves[0], whole)
