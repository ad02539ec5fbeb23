management=$({{ management_token }})

{% include "consul/api.sh" %}

everywhere() { # Keys or PrimaryKeys: every agent has the key of the config there
  local answer
  answer=$(consul GET operator/keyring) || gossip_refused "$answer"
  jq -e --slurpfile key {{ key }} --arg of "$1" 'all(.[]; .[$of][$key[0].Key] == .NumNodes)' <<<"$answer" >/dev/null
}
not_everywhere() { everywhere PrimaryKeys || echo "not every agent uses it"; }

# The key before stays valid beside this one until every node has changed: consul-revoke removes it.
if ! everywhere PrimaryKeys; then
  away=$(consul GET agent/members | jq -r 'map(select(.Status == 4).Name) | join(", ")')
  [ -z "$away" ] || members_away "$away"
  for method in POST PUT; do
    answer=$(consul "$method" operator/keyring "$(cat {{ key }})") || gossip_refused "$answer"
  done
  until_ready not_everywhere 60 || gossip_refused "$wrong"
fi
