remove_unit() { # NAME
  [ -e "/etc/init/$1.conf" ] || return 0
  service "$1" stop || true
  rm "/etc/init/$1.conf"
}
