{## Prints the router's connections if it runs with the password on standard input. ##}
set -euo pipefail
new=$(cat)
pid=$(pgrep -o -f '[w]eaver --weave-bridge') || { echo "the router does not run: see \`journalctl -u weave\`" >&2; exit 1; }
# A router has one password at a time, and its environment is the only place that it comes from.
has=$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^WEAVE_PASSWORD=//p')
[ "$has" = "$new" ] || { echo "the router runs with another weavePassword than the new one" >&2; exit 1; }
weave status connections
