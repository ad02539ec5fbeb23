{% for unit in units %}
if [ -e {{ unit.path }} ]; then
{% if init == "systemd" %}
  systemctl disable --now --quiet {{ unit.name }}
  # A container that is told to stop ends with a status as if it had failed.
  systemctl reset-failed {{ unit.name }} 2>/dev/null || true
{% else %}
  service {{ unit.name }} stop || true
{% endif %}
  rm -f {{ unit.path }}
fi
{% endfor %}
{% if init == "systemd" %}
systemctl daemon-reload
{% endif %}
{% for text in undo %}
{{ text.rstrip("\n") }}
{% endfor %}
reload=
# There may be one alone.
# shellcheck disable=SC2043
for path in {{ others | join(" ") }}; do
  if [ -e "$path" ]; then
    rm "$path"
    case $path in /etc/consul/service-*) reload=consul ;; esac
  fi
done
# Consul reads its folder anew, and forgets what was registered there.
if [ -n "$reload" ]; then docker kill --signal HUP "$reload" >/dev/null 2>&1 || true; fi
