restart_unit() { # NAME
  systemctl daemon-reload
  systemctl enable --quiet "$1"
  systemctl restart "$1" || {
    journalctl --unit "$1" --lines 10 --no-pager --output cat >&2
    fail "$1 does not start: its last lines are above; \`journalctl -u $1\` on the node has them all"
  }
}
