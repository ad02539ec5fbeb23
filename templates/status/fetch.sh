# Each line of standard output is a node whose container answered with its name, which ends a page of many packets:
# one alone would pass where an MTU is wrong.
docker exec {{ probe }} busybox sh -c '
  for target; do
    answer=$(printf "GET / HTTP/1.0\r\n\r\n" | nc -w 5 "${target#*=}" 80 2>/dev/null | tail -n 1) &&
      [ "$answer" = "${target%%=*}" ] && echo "$answer" &
  done
  wait
' probe{% for name, address in targets.items() %} {{ name }}={{ address }}{% endfor %}

