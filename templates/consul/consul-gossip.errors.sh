members_away() { fail "$1 would keep the old gossip key, because Consul's agent there does not answer: bring it up, or set the old consulGossipKey again and replace or remove it"; }
gossip_refused() { fail "the agents of Consul do not all accept the new gossip key: $1"; }
