# {{ step.title }} ({{ step.name }} on {{ node.name }})
# The script is on descriptor 3, because standard input carries the step's secret.
exec 3<<'APOLLO_STEP'
set -euo pipefail
umask 022
stamp={{ stamp }}
{% if step.apply and not step.repeat %}
digest={{ step.digest }}
{% endif %}
mkdir -p "$(dirname "$stamp")"

put() { # PATH MODE, the content on standard input
  local new
  new=$(mktemp -p /var/lib/apollo)
  cat >"$new"
  chmod "$2" "$new"
  # stat prints the mode without its leading zero
  if cmp -s "$new" "$1" && [ "0$(stat -c %a "$1")" = "$2" ] && [ -O "$1" ] && [ -G "$1" ]; then
    rm "$new"
  else
    rm -f "$stamp"
    mkdir -p "$(dirname "$1")"
    mv "$new" "$1"
  fi
}

fail() { # what is wrong and what to do
  printf '{{ node.name }} {{ step.name }}: %s\n' "$*" >&2
  exit 1
}
{% for function in functions %}

{% include function %}
{% endfor %}
{% if step.errors %}

{{ step.errors.rstrip("\n") }}
{% endif %}
{% if step.fetch %}

{{ step.fetch.rstrip("\n") }}
{% endif %}
{% for file in step.files %}

put {{ file.path }} {{ file.mode }} <<'APOLLO_FILE'
{{ file.content.rstrip("\n") }}
APOLLO_FILE
{% endfor %}
{% if step.secret %}

put {{ step.secret.path }} {{ step.secret.mode }}
{% endif %}
{% if step.repeat %}

{{ step.apply.rstrip("\n") }}
{% elif step.apply %}

if [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ]; then
  rm -f "$stamp"
{{ step.apply.rstrip("\n") | indent(2, first=True) }}
  printf '%s\n' "$digest" >"$stamp"
fi
{% endif %}
{% if step.check %}

{{ step.check.rstrip("\n") }}
{% endif %}
APOLLO_STEP
script=$(cat <&3)
exec 3<&-
exec sudo timeout --kill-after=10 {{ seconds }} bash -c "$script"
