{## Prints what is wrong and returns; prints nothing when all is well. ##}
running=$(docker inspect --format '{{ "{{.State.Running}}" }}' registrator 2>&1) || true
[ "$running" = true ] || echo "registrator does not run: see \`docker logs registrator\` on the node"
