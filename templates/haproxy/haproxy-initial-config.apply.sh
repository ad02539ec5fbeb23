# consul-template's own is never put back to the initial one.
if [ ! -s /etc/haproxy/haproxy.cfg ]; then
  cp /etc/haproxy/initial.cfg /etc/haproxy/.haproxy.cfg
  mv /etc/haproxy/.haproxy.cfg /etc/haproxy/haproxy.cfg
fi
