until_ready() { # PROBLEM: a function that prints what is wrong, and nothing when all is well
  local wrong
  while wrong=$("$1") && [ -n "$wrong" ]; do
    [ "$SECONDS" -lt {{ seconds }} ] || fail "after {{ seconds }} s $wrong"
    sleep 1
  done
}

unconnected() {
  local connections security=encrypted
  connections=$(weave status connections 2>&1) || { echo "the router does not answer: $connections"; return; }
  # A router that can't encrypt says so of itself; the real one can.
  if weave status | grep -q '^ *Encryption: not offered by this stand-in'; then security='\(un\)\?encrypted'; fi
{% for master in masters if master != node %}
  grep -F '{{ master.bridge_mac }}(' <<<"$connections" | grep -q "established *$security" ||
    echo "no encrypted connection to {{ master.name }} ({{ master.private_address }}:6783): is its router up, and has it the same weavePassword?"
{% endfor %}
}

unreachable() {
  local addresses
  addresses=$(docker run --rm --name apollo-gate {{ probe }} sh -c '
    for address; do nc -w 3 "$address" 22 </dev/null >/dev/null 2>&1 || echo "$address"; done
  ' probe{% for master in masters %} {{ master.bridge.ip }}{% endfor %} 2>&1) ||
    { echo "no container starts on this node: $addresses"; return; }
{% for master in masters %}
  grep -qxF '{{ master.bridge.ip }}' <<<"$addresses" &&
    echo "a container on this node reaches no TCP port of {{ master.name }} ({{ master.bridge.ip }}) on the weave network"
{% endfor %}
  true
}

until_ready unconnected
until_ready unreachable
