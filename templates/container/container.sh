{% from "init.sh" import restart %}
docker image inspect {{ container.image | quote }} >/dev/null 2>&1 ||
  docker pull --quiet {{ container.image | quote }} >/dev/null ||
  fail "the image could not be pulled on this node, for docker's reason above: "{{ container.image | quote }}
{% if container.folder %}
install -d -m 0700 {{ container.folder }}
{% endif %}
{% if prepare %}
{{ prepare.rstrip("\n") }}
{% endif %}
{{ restart(init, container.name) }}
