bridge=$(docker network inspect bridge --format '{{ '{{index .Options "com.docker.network.bridge.name"}}' }}')
[ "$bridge" = weave ] ||
  fail "docker attaches containers to '$bridge', not to weave: see DOCKER_OPTS in /etc/default/docker on the node"
