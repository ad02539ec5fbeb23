{% from "init.sh" import restart %}
docker image inspect {{ image | quote }} >/dev/null 2>&1 ||
  docker pull --quiet {{ image | quote }} >/dev/null ||
  fail "consul-template's image could not be pulled on this node (docker's reason is above):" {{ image | quote }}
container=$(docker create {{ image | quote }})
docker cp "$container:/bin/consul-template" /usr/local/bin/.consul-template
docker rm "$container" >/dev/null
chmod 0755 /usr/local/bin/.consul-template
mv /usr/local/bin/.consul-template /usr/local/bin/consul-template
{{ restart(init, "consul-template") }}
