ip -j link show dev weave |
  jq -r '.[] | (if .flags | index("UP") then "up" else "down" end) + ", mac \(.address), mtu \(.mtu)"'
ip -j -4 addr show dev weave | jq -r '.[].addr_info[]? | "address \(.local)/\(.prefixlen)"'
ip -4 route show dev weave | sed 's/^/route /; s/ *$//'
