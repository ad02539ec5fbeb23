remove_unit() { # NAME
  [ -e "/etc/systemd/system/$1.service" ] || return 0
  systemctl disable --now --quiet "$1"
  # A container that is stopped exits with a status that systemd counts as a failure.
  systemctl reset-failed "$1" 2>/dev/null || true
  rm "/etc/systemd/system/$1.service"
  systemctl daemon-reload
}
