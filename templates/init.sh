{% macro restart_unit(init) %}
restart_unit() { # NAME
{% if init == "systemd" %}
  systemctl daemon-reload
  systemctl enable --quiet "$1"
  systemctl restart "$1" || {
    journalctl --unit "$1" --lines 10 --no-pager --output cat >&2
    fail "$1 does not start: its last lines are above; \`journalctl -u $1\` on the node has them all"
  }
{% else %}
  initctl reload-configuration
  service "$1" restart || service "$1" start || {
    tail -n 10 "/var/log/upstart/$1.log" >&2
    fail "$1 does not start: its last lines are above; /var/log/upstart/$1.log has them all"
  }
{% endif %}
}
{% endmacro %}
