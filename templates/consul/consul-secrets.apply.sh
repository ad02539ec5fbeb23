{% if gossip %}
# An agent that has a keyring takes no gossip key from its files. master-1 gives a new key to all agents; one that was
# down then has the old key alone and reaches no other agent, so its keyring is made again.
left_out() {
  [ -e {{ keyring }} ] || return 0
  if jq -e --slurpfile secrets {{ secrets }} 'index($secrets[0].encrypt) != null' {{ keyring }} >/dev/null; then return; fi
  if [[ $(curl -s --max-time 5 {{ http }}/v1/status/leader) = '"'*:*'"' ]]; then return; fi
  echo "Consul's agent has no leader, and not the gossip key of the config"
}
until_ready left_out {{ seconds }} || {
  rm {{ keyring }}
  restart_running_unit consul
}
{% endif %}
# A running agent takes a new token when it reads its files again.
docker kill --signal HUP consul >/dev/null 2>&1 || true
