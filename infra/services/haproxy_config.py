"""HAProxy's configuration: the one that HAProxy starts with, and consul-template's template of every later one."""

from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.services import catalog
from infra.steps.templates import render

HTTP_PORT, STATS_PORT = 80, 8404
HTTPS_PORT = 8443
"""Plain HTTP too: the load balancer has decrypted what comes here. Open only in a stack with a certificate."""

HEALTH_PATH = "/haproxy-health"
"""On port 80 itself, so that the check goes the way of the traffic; no app can have this path."""


def live(key: str, default: int) -> str:
    """What consul-template replaces with the number at apollo/haproxy/<key> in Consul, or else with `default`.

    HAProxy reads "abc" as 0, which means no limit, so everything except a positive whole number is ignored.
    """
    value = f'with keyOrDefault "apollo/haproxy/{key}" "{default}" | trimSpace'
    number = 'if . | regexMatch "^[1-9][0-9]*$"'
    return f"{{{{ {value} }}}}{{{{ {number} }}}}{{{{ . }}}}{{{{ else }}}}{default}{{{{ end }}}}{{{{ end }}}}"


def _limits(settings: Settings) -> dict[str, int]:
    """By their keys below apollo/haproxy/ in Consul, where other values take precedence."""
    return {
        "maxConnections": settings.haproxy_max_connections,
        "connectTimeoutSeconds": settings.haproxy_connect_timeout_seconds,
        "clientTimeoutSeconds": settings.haproxy_client_timeout_seconds,
        "serverTimeoutSeconds": settings.haproxy_server_timeout_seconds,
    }


def _render(node: Node, plan: Plan, **values: object) -> str:
    return render(
        "haproxy/etc/haproxy/haproxy.cfg",
        node=node,
        domain=plan.settings.domain,
        own=catalog.OWN,
        http_port=HTTP_PORT,
        https_port=HTTPS_PORT if plan.settings.certificate_arn else None,
        redirect=plan.settings.redirect_http,
        stats_port=STATS_PORT,
        health_path=HEALTH_PATH,
        **values,
    )


def initial(node: Node, plan: Plan) -> str:
    """It knows no service, so it fails the load balancer's check."""
    return _render(node, plan, consul=False, limits=_limits(plan.settings))


def source(node: Node, plan: Plan) -> str:
    """The template that consul-template renders."""
    limits = {key: live(key, limit) for key, limit in _limits(plan.settings).items()}
    return _render(node, plan, consul=True, limits=limits)
