policy_refused() { fail "Consul does not accept the policy $1: $2"; }
anonymous_refused() { fail "Consul does not accept the policy of the anonymous token: $1"; }
token_refused() { fail "Consul does not accept the token of the agents: $1"; }
