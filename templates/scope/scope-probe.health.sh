{## Prints what is wrong and returns; prints nothing when all is well. ##}
[ "$(docker inspect --format {{ "'{{ .State.Running }}'" }} scope-probe 2>/dev/null)" = true ] ||
  echo "scope-probe does not run: see \`docker logs scope-probe\` on the node"
