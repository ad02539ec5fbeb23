leaves() { # NODE: whether it has a name of ours and is planned no longer
  case $1 in
{% for node in nodes %}
    {{ node.name }}) return 1 ;;
{% endfor %}
    master-* | slave-*) ;;
    *) return 1 ;;
  esac
}
{% if mesos_port %}

leader() { # the URL of the leading master, asked of each in turn
  set -- {{ masters | join(" ", attribute="private_address") }}
  local address url
  for address; do
    url=$(curl -s --max-time 5 -o /dev/null -w '%{redirect_url}' "http://$address:{{ mesos_port }}/redirect") || continue
    if [ -n "$url" ]; then
      printf '%s\n' "${url%/}"
      return
    fi
  done
  return 1
}

no_leader() {
  leader >/dev/null || echo none
}

agents() { # a line for each agent: its id and its node
  curl -s --fail --max-time 10 "$mesos/slaves" | tr -d ' \n' | sed 's/{"id"/\n&/g' |
    sed -nE 's/^\{"id":"([^"]+)","hostname":"[^"]+","port":[0-9]+,"attributes":\{[^}]*"node":"([^"]+)".*/\1 \2/p'
}

running() { # how many tasks run
  curl -s --fail --max-time 10 "$mesos/metrics/snapshot" | tr -d ' \n' |
    sed -nE 's/.*"master\\?\/tasks_running":([0-9]+).*/\1/p'
}

fewer() {
  local now
  now=$(running)
  [ "$now" -ge "$before" ] || echo "$now of $before"
}

until_ready no_leader {{ seconds }} || without_leader
mesos=$(leader)
found=$(agents) || agents_unlisted
before=$(running) || tasks_uncounted
gone=
while read -r id node; do
  if leaves "$node"; then
    gone=1
    # Its tasks are lost at once to who started them, and end on the node, if that lives, after a grace of seconds.
    answer=$(curl -s --max-time 10 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
      -d '{"type": "MARK_AGENT_GONE", "mark_agent_gone": {"agent_id": {"value": "'"$id"'"}}}' "$mesos/api/v1") || true
    # 404 and 503: it went, or is about to, without our word.
    case $answer in
      200 | 404 | 503) ;;
      *) agent_kept ;;
    esac
  fi
done <<<"$found"
# Where there is no room for all of them, nobody waits for ever.
if [ -n "$gone" ]; then until_ready fewer {{ seconds }} || true; fi
{% endif %}
{% if consul_port %}

token() { # NAME: a token of this node's agent
  sed -n 's/.*"'"$1"'": "\(.*\)".*/\1/p' {{ secrets }}
}

consul() { # TOKEN WORD ...
  CONSUL_HTTP_TOKEN=$1 timeout 15 docker exec --env CONSUL_HTTP_TOKEN consul consul "${@:2}"
}

farewell() { # NODE ADDRESS STATUS: it is off the catalogue after this, whether it answers or not
  local name=initial_management
  # A node is told with a token that it has anyway.
  case $1 in slave-*) name=agent ;; esac
  if [ "$3" != alive ] || ! consul "$(token "$name")" leave -http-addr="http://$2:{{ consul_port }}"; then
    consul "$(token initial_management)" force-leave "$1" || true
  fi
}

members=$(consul "$(token initial_management)" members) || members_unlisted
while read -r node address status _; do
  if [ "$status" != left ] && leaves "$node"; then
    # Masters one by one: each that goes makes the majority of those who stay smaller.
    case $node in
      master-*) farewell "$node" "${address%:*}" "$status" </dev/null ;;
      *) farewell "$node" "${address%:*}" "$status" </dev/null & ;;
    esac
  fi
done <<<"$members"
wait
{% endif %}
