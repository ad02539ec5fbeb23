# For each check a line: its number, and what its command prints in base64. Changes nothing.
look() { # NUMBER, the command on standard input
  local command
  command=$(cat)
  echo "$1 $(timeout 20 bash -c "$command" 2>&1 </dev/null | head -c 200000 | base64 -w 0)"
}

{% for command in commands %}
look {{ loop.index0 }} <<'APOLLO_CHECK'
{{ command.rstrip("\n") }}
APOLLO_CHECK
{% endfor %}
