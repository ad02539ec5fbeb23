{% from "health.sh" import unhealthy, until_ready %}
{{ until_ready(seconds) }}
{{ unhealthy("dns", health) }}
until_ready dns_wrong || fail "after {{ seconds }} s $wrong"
