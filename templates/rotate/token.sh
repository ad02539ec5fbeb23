{## Standard input: the old token, and the one that Consul has to accept here, or an empty line. ##}
set -euo pipefail
read -r old
read -r new

answer() { # TOKEN: the status with which Consul answers it
  curl -s --max-time 10 -o /dev/null -w '%{http_code}' -K <(printf 'header = "X-Consul-Token: %s"\n' "$1") \
    {{ http }}/v1/acl/token/self || true
}

fail() {
  echo "$1" >&2
  exit 1
}

status=$(answer "$old")
[ "$status" = 403 ] || fail "Consul does not refuse the old token (it answers $status)"
if [ -n "$new" ]; then
  status=$(answer "$new")
  [ "$status" = 200 ] || fail "Consul does not accept the new token (it answers $status)"
fi
# The token is in no command line: the list of processes would show it.
files=$(grep -rlF -f <(printf '%s\n' "$old") /etc 2>/dev/null) || true
[ -z "$files" ] || fail "the old token is still in ${files//$'\n'/, }"
if pid=$(docker inspect --format '{{ "{{.State.Pid}}" }}' registrator 2>/dev/null); then
  ! grep -qzF -f <(printf '%s\n' "$old") "/proc/$pid/environ" || fail "registrator still runs with the old token"
fi
