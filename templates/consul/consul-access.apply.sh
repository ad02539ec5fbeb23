management=$(sed -n 's/.*"initial_management": "\(.*\)".*/\1/p' {{ secrets }})

consul() { # METHOD PATH [BODY]; what it answers on standard output, status 1 where it refuses
  local answer
  # The header by standard input: a list of processes would show it.
  answer=$(printf 'header = "X-Consul-Token: %s"\n' "$management" |
    curl -s --max-time 10 -K - -w '\n%{http_code}' -X "$1" {{ http }}/v1/acl/"$2" ${3:+--data-binary "$3"}) || true
  printf '%s\n' "${answer%$'\n'*}"
  [ "${answer##*$'\n'}" = 200 ]
}

policy() { # NAME BODY: make it, or bring it to this
  local found id
  if found=$(consul GET "policy/name/$1"); then
    id=${found#*\"ID\":\"}
    found=$(consul PUT "policy/${id%%\"*}" "$2")
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
# A token's secret can't be changed: another one replaces it.
found=$(consul GET token/{{ accessor }}) || found=
secret=$(sed -n 's/.*"SecretID": "\(.*\)".*/\1/p' {{ token }})
if [[ $found != *"$secret"* ]]; then
  if [ -n "$found" ]; then consul DELETE token/{{ accessor }} >/dev/null; fi
  answer=$(consul PUT token @{{ token }}) || token_refused "$answer"
fi
