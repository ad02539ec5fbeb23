# In whichever of the three places the step `dns` has written it.
if [ -d /run/systemd/resolve ]; then
  printf '[Resolve]\nDNS=127.0.0.1\nDomains=~{{ zones | join(" ~") }}\n' |
    cmp -s - /etc/systemd/resolved.conf.d/apollo.conf && echo "nameserver 127.0.0.1"
elif [ -d /etc/resolvconf/resolv.conf.d ]; then
  grep -xm 1 'nameserver 127\.0\.0\.1' /etc/resolvconf/resolv.conf.d/head
else
  grep -xm 1 'nameserver 127\.0\.0\.1' /etc/resolv.conf
fi
