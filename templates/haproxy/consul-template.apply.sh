container=$(docker create {{ image | quote }})
docker cp "$container:/bin/consul-template" /usr/local/bin/.consul-template
docker rm "$container" >/dev/null
chmod 0755 /usr/local/bin/.consul-template
mv /usr/local/bin/.consul-template /usr/local/bin/consul-template
restart_unit consul-template
