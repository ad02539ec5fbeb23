{## Prints what is wrong and returns; prints nothing when all is well. ##}
{% for name, units in known.items() %}
for address in 127.0.0.1 {{ node.bridge.ip }}; do
  busybox nslookup {{ name }} "$address" 2>&1 | grep -q '^Name:' ||
    echo "dns: no answer on $address for {{ name }}: see the logs of {{ units }} on the node"
done
{% endfor %}
