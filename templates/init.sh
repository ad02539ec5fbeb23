{% macro restart(init, service) %}
{% if init == "systemd" %}
systemctl daemon-reload
systemctl enable --quiet {{ service }}
systemctl restart {{ service }} || {
  journalctl --unit {{ service }} --lines 10 --no-pager --output cat >&2
  fail "{{ service }} does not start: its last lines are above; \`journalctl -u {{ service }}\` on the node has them all"
}
{% else %}
initctl reload-configuration
service {{ service }} restart || service {{ service }} start || {
  tail -n 10 /var/log/upstart/{{ service }}.log >&2
  fail "{{ service }} does not start: its last lines are above; /var/log/upstart/{{ service }}.log has them all"
}
{% endif %}
{% endmacro %}
