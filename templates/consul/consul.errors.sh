config_refused() { fail "Consul does not accept the files in {{ folder }}: its reason is above"; }
