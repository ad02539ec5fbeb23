# Prints the name of each node whose container answered. The name is at the end of a page of many packets, because a
# single small packet passes even with a wrong MTU.
docker exec {{ probe }} busybox sh -c '
  for target; do
    answer=$(printf "GET / HTTP/1.0\r\n\r\n" | nc -w 5 "${target#*=}" 80 2>/dev/null | tail -n 1) &&
      [ "$answer" = "${target%%=*}" ] && echo "$answer" &
  done
  wait
' probe{% for name, address in targets.items() %} {{ name }}={{ address }}{% endfor %}

