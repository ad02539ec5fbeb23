# Never replaces a configuration that consul-template has rendered.
if [ ! -s /etc/haproxy/haproxy.cfg ]; then
  cp /etc/haproxy/initial.cfg /etc/haproxy/.haproxy.cfg
  mv /etc/haproxy/.haproxy.cfg /etc/haproxy/haproxy.cfg
fi
