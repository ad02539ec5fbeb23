{% from "_macros.sh" import unhealthy %}
{{ unhealthy(container.name, health) }}
until_ready {{ container.name | identifier }}_wrong {{ seconds }} || {
  docker logs --tail 10 {{ container.name }} >&2 || true
  fail "{{ container.name }} is not healthy after {{ seconds }} s: $wrong"
}
