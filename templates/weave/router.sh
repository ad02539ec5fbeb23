{% if init == "systemd" %}
systemctl daemon-reload
systemctl enable --quiet weave
systemctl restart weave
{% else %}
initctl reload-configuration
service weave restart || service weave start
{% endif %}
