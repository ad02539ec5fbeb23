docker run --rm --network none --volume {{ folder }}:{{ folder }}:ro --entrypoint consul {{ image | quote }} \
  validate -quiet {{ folder }} >&2 || config_refused
