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
  if ! cat >"$new"; then
    rm -f "$new"
    fail "$1 could not be written, for the reason above: is a disk of the node full?"
  fi
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

# A run whose connection was cut may still go on.
exec 9>>"$stamp.lock"
flock --wait {{ seconds // 2 }} 9 || fail "another run of this step has not ended in {{ seconds // 2 }} s: run up again"
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
# The shell keeps a long script in /tmp, and goes on without it where there is no room.
[ -n "$script" ] || { echo '{{ node.name }} {{ step.name }}: /tmp has no room for the step' >&2; exit 1; }
status=0
sudo timeout --kill-after=10 {{ seconds }} bash -c "$script" || status=$?
[ "$status" -ne 124 ] ||
  echo '{{ node.name }} {{ step.name }}: did not end within {{ seconds }} s and was stopped: see what it waits for, then run up again' >&2
exit "$status"
