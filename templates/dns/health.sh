for address in 127.0.0.1 {{ node.bridge.ip }}; do
  busybox nslookup consul.service.{{ domain }} "$address" 2>&1 | grep -q '^Name:' ||
    echo "dns: no answer on $address for consul.service.{{ domain }}: see dnsmasq's and consul's logs on the node"
done
