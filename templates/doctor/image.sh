if running=$(docker container inspect --format '{{ '{{.Config.Image}} {{.Image}}' }}' {{ name }} 2>/dev/null); then
  echo "${running% *}"
  if named=$(docker image inspect --format '{{ '{{.Id}}' }}' {{ image | quote }} 2>&1) && [ "$named" != "${running##* }" ]; then
    echo "the node has another image of this name since: $named, and the container runs ${running##* }"
  fi
fi
