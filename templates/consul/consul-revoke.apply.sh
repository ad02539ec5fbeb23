# Not the token that this node has used last: that may be one of those to delete.
management=$(jq -r .management {{ valid }})

{% include "consul/api.sh" %}

found=$(consul GET acl/tokens) || not_revoked "$found"
stale=$(jq -r --slurpfile valid {{ valid }} --argjson own {{ descriptions | tojson | quote }} '
  .[] | select(.Description as $is | $own | index($is)) | select(.SecretID as $is | $valid[0] | [.agent, .management] | index($is) | not)
  | .AccessorID' <<<"$found")
for accessor in $stale; do
  answer=$(consul DELETE "acl/token/$accessor") || not_revoked "$answer"
done
found=$(consul GET operator/keyring) || not_revoked "$found"
stale=$(jq -c --slurpfile valid {{ valid }} '
  map(.Keys | keys) | add | unique | .[] | select(. != $valid[0].key) | {Key: .}' <<<"$found")
while read -r key; do
  [ -z "$key" ] || answer=$(consul DELETE operator/keyring "$key") || not_revoked "$answer"
done <<<"$stale"
