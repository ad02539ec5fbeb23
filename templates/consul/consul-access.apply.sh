management=$({{ management_token }})

consul() { # METHOD PATH [BODY]: prints the answer; status 1 unless it is 200
  local answer deadline=$((SECONDS + 60))
  # The header comes through standard input: the list of processes would show it.
  # 5xx, such as "node is not the leader", passes when the servers have chosen another leader.
  while
    answer=$(printf 'header = "X-Consul-Token: %s"\n' "$management" |
      curl -s --max-time 10 -K - -w '\n%{http_code}' -X "$1" {{ http }}/v1/acl/"$2" ${3:+--data-binary "$3"}) || true
    [[ ${answer##*$'\n'} = 5?? ]] && [ "$SECONDS" -lt "$deadline" ]
  do
    sleep 0.5
  done
  printf '%s\n' "${answer%$'\n'*}"
  [ "${answer##*$'\n'}" = 200 ]
}

policy() { # NAME BODY: create the policy, or update it
  local found id
  if found=$(consul GET "policy/name/$1"); then
    id=$(jq -r .ID <<<"$found")
    found=$(consul PUT "policy/$id" "$2")
  else
    found=$(consul PUT policy "$2")
  fi || policy_refused "$1" "$found"
}

{% for name, body in policies.items() %}
policy apollo-{{ name }} {{ body | quote }}
{% endfor %}
answer=$(consul PUT token/00000000-0000-0000-0000-000000000002 \
  '{"Description": "Anonymous Token", "Policies": [{"Name": "apollo-anonymous"}]}') ||
  anonymous_refused "$answer"
# The secret of a token cannot be changed, so the token is replaced.
found=$(consul GET token/{{ accessor }}) || found=
if [ "$(jq -r .SecretID <<<"$found")" != "$(jq -r .SecretID {{ token }})" ]; then
  if [ -n "$found" ]; then consul DELETE token/{{ accessor }} >/dev/null; fi
  answer=$(consul PUT token @{{ token }}) || token_refused "$answer"
fi
