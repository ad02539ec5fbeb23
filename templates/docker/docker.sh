{% if init == "systemd" %}
systemctl daemon-reload
systemctl enable --quiet docker
systemctl restart docker
{% else %}
service docker restart || service docker start
{% endif %}
