{% macro unhealthy(name, health) %}
{{ name | identifier }}_wrong() {
{{ health.rstrip("\n") | indent(2, first=True) }}
}
{% endmacro %}
