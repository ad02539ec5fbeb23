{% from "_macros.sh" import unhealthy %}
{{ unhealthy("consul-template", health) }}
undecided() { [ -e /etc/haproxy/refused ] || consul_template_wrong; }
until_ready undecided {{ seconds }} || fail "consul-template is not healthy after {{ seconds }} s: $wrong"
# Only another value in Consul or in the config changes what HAProxy has refused: there is nothing to wait for.
wrong=$(consul_template_wrong)
[ -z "$wrong" ] || fail "$wrong"
