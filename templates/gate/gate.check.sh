# This runs again whenever one of the node's other steps does, because each has a digest here:
{% for name, digest in steps %}
# {{ name }} {{ digest }}
{% endfor %}
unconnected() {
  local connections name address mac
  connections=$(weave status connections 2>&1) || { echo "the router does not answer: $connections"; return; }
  while read -r name address mac; do
{% if encrypted %}
    grep -F "$mac(" <<<"$connections" | grep -q 'established *encrypted' ||
      echo "no encrypted connection to $name ($address:6783): is its router up, with the same weavePassword?"
{% else %}
    grep -F "$mac(" <<<"$connections" | grep -q established ||
      echo "no connection to $name ($address:6783): is its router up, with the same weavePassword?"
{% endif %}
  done <<'MASTERS'
{% for master in masters if master != node %}
{{ master.name }} {{ master.private_address }} {{ master.bridge_mac }}
{% endfor %}
MASTERS
}

unreachable() {
  local closed name address
  closed=$(docker run --rm {{ probe }} sh -c '
    for address; do nc -w 3 "$address" 22 </dev/null >/dev/null 2>&1 || echo "$address"; done
  ' probe {{ masters | map(attribute="bridge.ip") | join(" ") }} 2>&1) ||
    { echo "this node cannot start a container: $closed"; return; }
  while read -r name address; do
    if grep -qxF "$address" <<<"$closed"; then
      echo "a container on this node cannot reach $name ($address) by TCP on the weave network"
    fi
  done <<'MASTERS'
{% for master in masters %}
{{ master.name }} {{ master.bridge.ip }}
{% endfor %}
MASTERS
}

unhealthy() { {{ health }} | sed -n '/=ok$/!s/^[^=]*=//p'; }

for problem in unconnected unreachable unhealthy; do
  until_ready "$problem" {{ seconds }} || fail "after {{ seconds }} s $wrong"
done
