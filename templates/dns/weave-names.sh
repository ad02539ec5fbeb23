{% from "init.sh" import restart %}
{{ restart(init, name) }}
