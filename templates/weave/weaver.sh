new=$(mktemp -d -p /var/lib/apollo)
trap 'rm -rf "$new"' EXIT
{% if archive %}
{% if archive.url %}
curl -fsSL --retry 5 --retry-delay 2 --max-time 600 -o "$new/weaver.tar.gz" {{ archive.url | quote }} ||
  fail "weaverUrl could not be downloaded from this node: "{{ archive.url | quote }}
{% else %}
cp {{ archive.path | quote }} "$new/weaver.tar.gz"
{% endif %}
found=$(sha256sum "$new/weaver.tar.gz" | cut -d' ' -f1)
[ "$found" = {{ archive.sha256 }} ] ||
  fail "weaverSha256 is {{ archive.sha256 }}, but the file has $found: nothing was installed; check where it came from"
tar -xzf "$new/weaver.tar.gz" -C "$new" weaver weaveutil
{% else %}
docker pull --quiet {{ image | quote }} >/dev/null ||
  fail "weaveImage could not be pulled on this node: "{{ image | quote }}
container=$(docker create {{ image | quote }} weaver)
docker cp "$container:/home/weave/weaver" "$new/weaver"
docker cp "$container:/usr/bin/weaveutil" "$new/weaveutil"
docker rm "$container" >/dev/null
{% endif %}
for name in weaver weaveutil; do
  install -m 0755 "$new/$name" "/usr/local/bin/.$name"
  mv "/usr/local/bin/.$name" "/usr/local/bin/$name"
done
rm -rf "$new"
trap - EXIT
{{ restart }}
