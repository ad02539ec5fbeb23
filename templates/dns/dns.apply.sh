dnsmasq --test --conf-file={{ config }} 2>/dev/null || config_refused
restart_unit dns
# The node itself uses this resolver too.
if [ -d /run/systemd/resolve ]; then
  mkdir -p /etc/systemd/resolved.conf.d
  printf '[Resolve]\nDNS=127.0.0.1\nDomains=~{{ zones | join(" ~") }}\n' >/etc/systemd/resolved.conf.d/apollo.conf
  systemctl restart systemd-resolved
elif [ -d /etc/resolvconf/resolv.conf.d ]; then
  echo 'nameserver 127.0.0.1' >/etc/resolvconf/resolv.conf.d/head
  resolvconf -u
elif ! grep -q '^nameserver 127\.0\.0\.1$' /etc/resolv.conf; then
  # In place: containers on the host's network may have this file open.
  { echo 'nameserver 127.0.0.1'; cat /etc/resolv.conf; } >/etc/resolv.conf.apollo
  cat /etc/resolv.conf.apollo >/etc/resolv.conf
  rm /etc/resolv.conf.apollo
fi
