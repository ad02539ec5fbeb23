set -eu
ip -4 -o addr show dev weave 2>/dev/null | grep -qF ' {{ bridge }} ' ||
  { echo "the bridge weave does not have its address {{ bridge }}" >&2; exit 1; }
status=$(weave status) || { echo "the router does not answer: see the log of its unit, weave" >&2; exit 1; }
connections=$(weave status connections)
container=$(docker run -d --rm --name {{ probe }} {{ image }} timeout 300 sh -c \
  'mkdir /www && { yes x | head -c 100000; echo; echo {{ name }}; } >/www/index.html && exec httpd -f -p 80 -h /www')
# docker 29 reports an address only by the network that it is in.
address=$(docker inspect --format '{{ '{{.NetworkSettings.Networks.bridge.IPAddress}}' }}' "$container")
router=$(sed -n 's/^ *Version: *\([^ ]*\).*/\1/p' <<<"$status")
if grep established <<<"$connections" | grep -qwv encrypted; then router="$router, not encrypted"; else router="$router, encrypted"; fi
echo "router=$router"
# A line: -> 10.0.0.4:6783 established encrypted fastdp 02:0a:02:00:00:01(master-1) mtu=8916
echo "connected=$(sed -nE 's/.*established +[a-z]+ +([a-z]+) .*\(([^)]*)\).*/\2:\1/p' <<<"$connections" | tr '\n' ' ')"
echo "container=$address"
