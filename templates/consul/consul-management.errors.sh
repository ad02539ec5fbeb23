management_refused() { fail "Consul does not accept the new consulManagementToken: $1"; }
management_lost() { fail "Consul has another management token than consulManagementToken and than the last one of this node ($1): set the one that it has, or reset its ACL system (consul.io: \`consul acl bootstrap\`, reset index)"; }
