docker kill --signal HUP consul >/dev/null || fail "consul does not run on this node: see \`docker logs consul\`"
