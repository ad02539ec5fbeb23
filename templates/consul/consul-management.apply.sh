{% include "consul/api.sh" %}

accepted() { # FILE: succeeds when Consul accepts the token in it
  [ -s "$1" ] || return 1
  management=$(cat "$1")
  consul GET acl/token/self >/dev/null
}
not_accepted() { accepted {{ next }} || echo "it is not accepted"; }

# The token that is in use is replaced only when Consul has the next one, so that an interruption locks nobody out.
if ! accepted {{ next }}; then
  if accepted {{ current }}; then
    body=$(jq -Rn '{SecretID: input, Description: {{ description | tojson }}, Policies: [{Name: "global-management"}]}' <{{ next }})
    answer=$(consul PUT acl/token "$body") || management_refused "$answer"
  else
    management=
    # It works once. Where servers elect a leader meanwhile, an attempt may work although its answer is an error.
    answer=$(consul PUT acl/bootstrap "$(jq -Rn '{BootstrapSecret: input}' <{{ next }})") ||
      until_ready not_accepted 10 || management_lost "$answer"
  fi
  until_ready not_accepted 30 || management_refused "$wrong"
fi
cp -p {{ next }} {{ current }}.new
mv {{ current }}.new {{ current }}
