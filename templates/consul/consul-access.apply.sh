management=$({{ management_token }})

{% include "consul/api.sh" %}

policy() { # NAME BODY: create the policy, or update it
  local found id
  if found=$(consul GET "acl/policy/name/$1"); then
    id=$(jq -r .ID <<<"$found")
    found=$(consul PUT "acl/policy/$id" "$2")
  else
    found=$(consul PUT acl/policy "$2")
  fi || policy_refused "$1" "$found"
}

{% for name, body in policies.items() %}
policy apollo-{{ name }} {{ body | quote }}
{% endfor %}
answer=$(consul PUT acl/token/00000000-0000-0000-0000-000000000002 \
  '{"Description": "Anonymous Token", "Policies": [{"Name": "apollo-anonymous"}]}') ||
  anonymous_refused "$answer"
# A token of another secret stays valid beside this one until every node has changed: consul-revoke deletes it.
found=$(consul GET acl/tokens) || token_refused "$found"
if ! jq -e --slurpfile token {{ token }} 'map(.SecretID) | index($token[0].SecretID)' <<<"$found" >/dev/null; then
  answer=$(consul PUT acl/token "$(cat {{ token }})") || token_refused "$answer"
fi
