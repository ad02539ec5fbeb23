docker image inspect {{ image | quote }} >/dev/null 2>&1 ||
  docker pull --quiet {{ image | quote }} >/dev/null ||
  fail "the image could not be pulled on this node, for docker's reason above: "{{ image | quote }}
