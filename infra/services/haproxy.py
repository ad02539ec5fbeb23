"""HAProxy on the slaves: <service>.<domain> on port 80, for all services that Consul knows, by consul-template."""

from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.services import catalog, consul
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.step import File, Service, Step
from infra.steps.templates import render

HTTP_PORT, STATS_PORT = 80, 8404
HEALTH_PATH = "/haproxy-health"
"""On port 80 itself, so that what is checked is what serves; no app can have this path."""

_IMAGES = {"haproxy": "haproxy:3.2.22", "consul-template": "hashicorp/consul-template:0.41.1"}
_CONFIG = "etc/haproxy/haproxy.cfg"
_RELOAD = "usr/local/bin/haproxy-reload"
_SOURCE = "etc/consul-template/haproxy.cfg.ctmpl"
_JOBS = {"systemd": "etc/systemd/system/consul-template.service", "upstart": "etc/init/consul-template.conf"}


def _limits(settings: Settings) -> dict[str, int]:
    """By their keys below apollo/haproxy/ in Consul, where other values take precedence."""
    return {
        "maxConnections": settings.haproxy_max_connections,
        "connectTimeoutSeconds": settings.haproxy_connect_timeout_seconds,
        "clientTimeoutSeconds": settings.haproxy_client_timeout_seconds,
        "serverTimeoutSeconds": settings.haproxy_server_timeout_seconds,
    }


def consul_value(key: str, default: int) -> str:
    """What consul-template replaces by the number at apollo/haproxy/<key> in Consul, or by `default`.

    HAProxy reads "abc" as 0, which means no limit, so everything except a positive whole number is ignored.
    """
    value = f'with keyOrDefault "apollo/haproxy/{key}" "{default}" | trimSpace'
    number = 'if . | regexMatch "^[1-9][0-9]*$"'
    return f"{{{{ {value} }}}}{{{{ {number} }}}}{{{{ . }}}}{{{{ else }}}}{default}{{{{ end }}}}{{{{ end }}}}"


def configuration(node: Node, plan: Plan, *, live: bool) -> str:
    """HAProxy's configuration: consul-template's template of it, or the initial one, which knows no service yet."""
    limits = _limits(plan.settings)
    return render(
        f"haproxy/{_CONFIG}",
        consul=live,
        node=node,
        limits={key: consul_value(key, limit) for key, limit in limits.items()} if live else limits,
        domain=plan.settings.domain,
        own=catalog.OWN,
        http_port=HTTP_PORT,
        stats_port=STATS_PORT,
        health_path=HEALTH_PATH,
    )


def _initial(node: Node, plan: Plan) -> Step:
    """Apart from the container's step: another value here is for consul-template, and restarts no HAProxy."""
    return Step(
        name="haproxy-initial-config",
        after=("base-packages",),
        files=(File(path="/etc/haproxy/initial.cfg", content=configuration(node, plan, live=False)),),
        apply=render("haproxy/haproxy-initial-config.apply.sh"),
    )


def _proxy(node: Node, plan: Plan) -> Step:
    proxy = Container(
        name="haproxy",
        description="HAProxy: the way in from outside, on port 80",
        image=images.reference(plan.settings, "haproxy", _IMAGES),
        memory_mb=512,
        data="/var/lib/haproxy",
        # The folder, so that a file that takes another's place in it is seen.
        volumes=("/etc/haproxy:/usr/local/etc/haproxy:ro",),
        command=("haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"),
        # Port 80 of the node is root's; the worker is not (uid in the configuration).
        options=("--user", "0:0"),
        stop_seconds=30,
    )
    return container.step(
        proxy,
        plan.settings.system.init,
        health=render("haproxy/health.sh", url=_url(node)),
        after=("weave-peers", "haproxy-initial-config"),
    )


def _template(node: Node, plan: Plan) -> Step:
    image = images.reference(plan.settings, "consul-template", _IMAGES)
    job = _JOBS[plan.settings.system.init]
    settings = "etc/consul-template/consul-template.hcl"
    return Step(
        name="consul-template",
        after=("haproxy", "consul"),
        files=(
            File(path=f"/{_SOURCE}", content=configuration(node, plan, live=True)),
            File(path=f"/{settings}", content=render(f"haproxy/{settings}", consul=consul.HTTP)),
            File(path=f"/{_RELOAD}", content=render(f"haproxy/{_RELOAD}"), mode="0755"),
            File(path=f"/{job}", content=render(f"haproxy/{job}")),
        ),
        fetch=container.fetch(image),
        apply=render("haproxy/consul-template.apply.sh", image=image),
        check=render(
            "haproxy/consul-template.check.sh",
            health=render("haproxy/consul-template.health.sh"),
            seconds=container.SECONDS,
        ),
    )


def _url(node: Node) -> str:
    return f"http://{node.private_address}:{HTTP_PORT}{HEALTH_PATH}"


def _health(node: Node, plan: Plan) -> str:
    del plan
    return render("haproxy/health.sh", url=_url(node)) + render("haproxy/consul-template.health.sh")


def _undo(node: Node, plan: Plan) -> str:
    del node, plan
    return render("haproxy/undo.sh")


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    return (
        _initial(node, plan),
        _proxy(node, plan),
        _template(node, plan),
        *catalog.entry("haproxy", node, plan, port=HTTP_PORT, check={"http": _url(node)}),
    )


# It declares no port: who reaches port 80 is the load balancer's business (balancer.py).
HAPROXY = Service(
    name="haproxy",
    steps=_steps,
    roles=("slave",),
    needs=("consul",),
    images=_IMAGES,
    health=_health,
    undo=_undo,
    idle_without=("slave",),
)
