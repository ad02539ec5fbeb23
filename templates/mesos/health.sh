{## Prints what is wrong and returns; prints nothing when all is well. `cgroups` is v1, v2, or None for a master. ##}
curl -s --fail --max-time 5 -o /dev/null {{ url | quote }} || {
{% if cgroups %}
  local found=v1 why=
  [ "$(stat --file-system --format=%T /sys/fs/cgroup)" != cgroup2fs ] || found=v2
  [ "$found" = {{ cgroups }} ] || why=": mesosCgroups is {{ cgroups }}, but this node booted with cgroup $found"
  echo "{{ name }} does not answer on {{ url }}$why"
{% else %}
  echo "{{ name }} does not answer on {{ url }}"
{% endif %}
}
