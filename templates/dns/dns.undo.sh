# The node uses the resolvers that it had before.
if [ -e /etc/systemd/resolved.conf.d/apollo.conf ]; then
  rm /etc/systemd/resolved.conf.d/apollo.conf
  systemctl restart systemd-resolved
elif grep -qs '^nameserver 127\.0\.0\.1$' /etc/resolvconf/resolv.conf.d/head; then
  sed -i '/^nameserver 127\.0\.0\.1$/d' /etc/resolvconf/resolv.conf.d/head
  resolvconf -u
elif grep -q '^nameserver 127\.0\.0\.1$' /etc/resolv.conf; then
  # In place: containers on the host's network may have this file open.
  sed '/^nameserver 127\.0\.0\.1$/d' /etc/resolv.conf >/etc/resolv.conf.apollo
  cat /etc/resolv.conf.apollo >/etc/resolv.conf
  rm /etc/resolv.conf.apollo
fi
