consul_stopped() { fail "Consul does not run on this node: see \`docker logs consul\`"; }
