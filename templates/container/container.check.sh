{% from "health.sh" import unhealthy, until_ready %}
{{ until_ready(seconds) }}
{{ unhealthy(container.name, health) }}
until_ready {{ container.name | identifier }}_wrong || {
  docker logs --tail 10 {{ container.name }} >&2 || true
  fail "{{ container.name }} is not healthy after {{ seconds }} s: $wrong"
}
