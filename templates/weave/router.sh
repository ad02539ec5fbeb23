{% from "init.sh" import restart %}
{{ restart(init, "weave") }}
