new=$(mktemp -d -p /var/lib/apollo)
trap 'rm -rf "$new"' EXIT
{% if archive %}
{% if archive.url %}
curl -fsSL --retry 5 --retry-delay 2 --max-time 600 -o "$new/weaver.tar.gz" {{ archive.url | quote }} ||
  not_downloaded
{% else %}
cp {{ archive.path | quote }} "$new/weaver.tar.gz"
{% endif %}
found=$(sha256sum "$new/weaver.tar.gz" | cut -d' ' -f1)
[ "$found" = {{ archive.sha256 }} ] ||
  wrong_checksum
tar -xzf "$new/weaver.tar.gz" -C "$new" weaver weaveutil
{% else %}
docker pull --quiet {{ image | quote }} >/dev/null ||
  not_pulled
container=$(docker create {{ image | quote }} weaver)
docker cp "$container:/home/weave/weaver" "$new/weaver"
docker cp "$container:/usr/bin/weaveutil" "$new/weaveutil"
docker rm "$container" >/dev/null
{% endif %}
# What they are, for `make doctor`.
(cd "$new" && sha256sum weaver weaveutil) >/var/lib/apollo/weave-binaries.sha256
for name in weaver weaveutil; do
  install -m 0755 "$new/$name" "/usr/local/bin/.$name"
  mv "/usr/local/bin/.$name" "/usr/local/bin/$name"
done
rm -rf "$new"
trap - EXIT
restart_running_unit weave
