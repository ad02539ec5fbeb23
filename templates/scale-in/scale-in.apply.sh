leaves() { # NODE: succeeds when it has a name of the cluster and is no longer planned
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
  curl -s --fail --max-time 10 "$mesos/slaves" |
    jq -r '.slaves[] | select(.attributes.node) | "\(.id) \(.attributes.node)"'
}

running() { # how many tasks run
  curl -s --fail --max-time 10 "$mesos/metrics/snapshot" | jq '."master/tasks_running" | floor'
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
{% endif %}
{% if consul_port %}

management=$({{ management_token }})
agent=$({{ agent_token }})

consul() { # TOKEN WORD ...
  CONSUL_HTTP_TOKEN=$1 timeout 15 docker exec --env CONSUL_HTTP_TOKEN consul consul "${@:2}"
}

members=$(consul "$management" members) || members_unlisted
slaves=()
while read -r node _ status _; do
  case $status:$node in
    left:*) ;;
    *:slave-*) if leaves "$node"; then slaves+=("$node"); fi ;;
  esac
done <<<"$members"
# Until the connections that the load balancer has sent to them are done; it sends no new ones.
# If the removal fails they come back; after it, their HAProxy no longer hears of that.
if [ "${#slaves[@]}" -gt 0 ]; then
  trap '{{ drain }} forget "${slaves[@]}"' EXIT
  {{ drain }} leave "${slaves[@]}"
fi
{% endif %}
{% if mesos_port %}

gone=
while read -r id node; do
  if leaves "$node"; then
    gone=1
    # Frameworks see the tasks as lost immediately; on a live node they stop after Mesos' grace period.
    call=$(jq -n --arg id "$id" '{type: "MARK_AGENT_GONE", mark_agent_gone: {agent_id: {value: $id}}}')
    answer=$(curl -s --max-time 10 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
      -d "$call" "$mesos/api/v1") || true
    # 404: Mesos has removed the agent already; 503: it is doing so.
    case $answer in
      200 | 404 | 503) ;;
      *) agent_kept ;;
    esac
  fi
done <<<"$found"
# Bounded: without capacity for all tasks the number never recovers.
if [ -n "$gone" ]; then until_ready fewer {{ seconds }} || true; fi
{% endif %}
{% if consul_port %}

remove() { # NODE ADDRESS STATUS: removes it from the catalog, even if it does not answer
  local token=$management
  # A slave gets no token that it does not have already.
  case $1 in slave-*) token=$agent ;; esac
  if [ "$3" != alive ] || ! consul "$token" leave -http-addr="http://$2:{{ consul_port }}"; then
    consul "$management" force-leave "$1" || true
  fi
}

while read -r node address status _; do
  if [ "$status" != left ] && leaves "$node"; then
    # Masters one by one: each one that leaves makes the majority smaller.
    case $node in
      master-*) remove "$node" "${address%:*}" "$status" </dev/null ;;
      *) remove "$node" "${address%:*}" "$status" </dev/null & ;;
    esac
  fi
done <<<"$members"
wait
{% endif %}
