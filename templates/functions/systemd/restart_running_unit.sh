restart_running_unit() { # NAME
  if systemctl is-active --quiet "$1"; then systemctl restart "$1"; fi
}
