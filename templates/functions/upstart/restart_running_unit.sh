restart_running_unit() { # NAME
  if status "$1" 2>/dev/null | grep -q running; then restart "$1"; fi
}
