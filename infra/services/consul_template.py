"""consul-template: renders HAProxy's configuration from Consul's catalog, and reloads HAProxy when it changes."""

from infra.plan.plan import Node, Plan
from infra.services import consul, haproxy_config
from infra.steps import container, images
from infra.steps.init_system import unit_path
from infra.steps.step import File, Step, file
from infra.steps.templates import render

IMAGES = {"consul-template": "hashicorp/consul-template:0.41.1"}


def step(node: Node, plan: Plan) -> Step:
    init = plan.settings.system.init
    image = images.reference(plan.settings, "consul-template", IMAGES)
    return Step(
        name="consul-template",
        title="Run consul-template, which configures HAProxy",
        after=("haproxy", "consul"),
        files=(
            File(path="/etc/consul-template/haproxy.cfg.ctmpl", content=haproxy_config.source(node, plan)),
            file("haproxy", "/etc/consul-template/consul-template.hcl", consul=consul.HTTP),
            file("haproxy", "/usr/local/bin/haproxy-reload", "0755"),
            file("haproxy", unit_path(init, "consul-template")),
        ),
        fetch=container.fetch(image),
        apply=render("haproxy/consul-template.apply.sh", image=image),
        check=render("haproxy/consul-template.check.sh", health=health(), seconds=container.SECONDS),
        undo=render("haproxy/consul-template.undo.sh"),
    )


def health() -> str:
    """As in Service: whether HAProxy has accepted what was rendered last."""
    return render("haproxy/consul-template.health.sh")
