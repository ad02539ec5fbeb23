{## On the first master: counts about the key on standard input in the keyrings of Consul's agents, as JSON. ##}
set -euo pipefail
key=$(cat)
management=$({{ management_token }})
found=$(curl -sS --fail --max-time 30 -K <(printf 'header = "X-Consul-Token: %s"\n' "$management") \
  {{ http }}/v1/operator/keyring)
jq --slurpfile key <(jq -Rn '{Key: input}' <<<"$key") '
  .[0] | $key[0].Key as $key
  | {keys: (.Keys | length), agents: .NumNodes, have: (.Keys[$key] // 0), use: (.PrimaryKeys[$key] // 0)}' <<<"$found"
