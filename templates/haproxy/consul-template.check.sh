{% from "_macros.sh" import unhealthy %}
{{ unhealthy("consul-template", health) }}
undecided() { [ -e /etc/haproxy/refused ] || consul_template_wrong; }
until_ready undecided {{ seconds }} || fail "consul-template is not healthy after {{ seconds }} s: $wrong"
# A refused configuration stays refused until a value in Consul or in the config changes, so do not wait.
wrong=$(consul_template_wrong)
[ -z "$wrong" ] || fail "$wrong"
