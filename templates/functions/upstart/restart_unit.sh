restart_unit() { # NAME
  initctl reload-configuration
  service "$1" restart || service "$1" start || {
    tail -n 10 "/var/log/upstart/$1.log" >&2
    fail "$1 does not start: its last lines are above; /var/log/upstart/$1.log has them all"
  }
}
