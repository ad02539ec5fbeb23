[ "$(docker inspect --format {{ "'{{ .State.Running }}'" }} scope-probe 2>/dev/null)" = true ] ||
  echo "scope's probe does not run: see docker logs scope-probe"
