{% from "_macros.sh" import unhealthy %}
{{ unhealthy("dns", health) }}
until_ready dns_wrong {{ seconds }} || fail "after {{ seconds }} s $wrong"
