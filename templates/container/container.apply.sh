{% if container.folder %}
install -d -m 0700 {{ container.folder }}
{% endif %}
{% if prepare %}
{{ prepare.rstrip("\n") }}
{% endif %}
restart_unit {{ container.name }}
