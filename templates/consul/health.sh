{## Prints what is wrong and returns; prints nothing when all is well. ##}
leader=$(curl -s --max-time 5 {{ http }}/v1/status/leader) || { echo "consul's agent does not answer on {{ http }}"; return; }
[[ $leader == '"'*:*'"' ]] || { echo "consul has no leader: can the masters reach each other? ($leader)"; return; }
{% if node.role == "slave" %}
token=$({{ agent_token }})
# The header comes through standard input: the list of processes would show it.
answer=$(printf 'header = "X-Consul-Token: %s"\n' "$token" |
  curl -s --max-time 5 -K - -o /dev/null -w '%{http_code}' {{ http }}/v1/agent/self) || true
[ "$answer" = 200 ] || echo "consul does not know this agent's token yet (it answers $answer): is master-1 up?"
{% endif %}
