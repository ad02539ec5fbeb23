# Each line of standard output is a node whose container answered with its name.
docker exec {{ probe }} sh -c '
  for target; do
    { [ "$(wget -q -T 5 -O - "http://${target#*=}/")" = "${target%%=*}" ] && echo "${target%%=*}"; } 2>/dev/null &
  done
  wait
' probe{% for name, address in targets.items() %} {{ name }}={{ address }}{% endfor %}

