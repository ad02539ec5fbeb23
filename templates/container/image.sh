docker image inspect {{ container.image | quote }} >/dev/null 2>&1 ||
  docker pull --quiet {{ container.image | quote }} >/dev/null ||
  fail "the image could not be pulled on this node, for docker's reason above: "{{ container.image | quote }}
