#!/bin/sh
# As the official image's: "agent ..." gets that image's folders, another of consul's commands runs as it is.
set -eu

case "${1:-}" in
agent)
    shift
    mkdir -p /consul/data /consul/config
    exec consul agent -data-dir=/consul/data -config-dir=/consul/config "$@"
    ;;
"" | -*) exec consul "$@" ;;
esac
if command -v -- "$1" >/dev/null; then
    exec "$@"
fi
exec consul "$@"
