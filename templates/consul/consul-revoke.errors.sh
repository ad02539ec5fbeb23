not_revoked() { fail "Consul still accepts a token or a gossip key that is no longer in the config, because it answers: $1"; }
