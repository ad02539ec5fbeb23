{% from "health.sh" import unhealthy, until_ready %}
{{ until_ready(seconds) }}
{{ unhealthy("consul-template", health) }}
until_ready consul_template_wrong || fail "consul-template is not healthy after {{ seconds }} s: $wrong"
