awk '$4 == "01" || $4 == "08" {
  split($2, own, ":")
  split($3, peer, ":")
  if (own[1] == peer[1]) next
  if (own[2] == "{{ ports[0] }}" || own[2] == "{{ ports[1] }}") clients++
  else peers[peer[1]]
}
function byte(hex) { return index("123456789ABCDEF", substr(hex, 1, 1)) * 16 + index("123456789ABCDEF", substr(hex, 2)) }
function address(hex) {
  return byte(substr(hex, 7, 2)) "." byte(substr(hex, 5, 2)) "." byte(substr(hex, 3, 2)) "." byte(substr(hex, 1, 2))
}
END {
  for (hex in peers) print "server " address(hex)
  print "clients " clients + 0
}' /proc/net/tcp
wget -q -T 2 -O /dev/null {{ url }} || exit 2
echo serving
