rm -f /etc/haproxy/haproxy.cfg /etc/haproxy/candidate.cfg /etc/haproxy/refused /etc/haproxy/rendered
rm -f /usr/local/bin/consul-template
