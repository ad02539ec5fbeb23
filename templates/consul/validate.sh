docker run --rm --network none --volume {{ folder }}:{{ folder }}:ro --entrypoint consul {{ image | quote }} \
  validate -quiet {{ folder }} >&2 || fail "consul does not accept the files in {{ folder }}: its reason is above"
