{## Prints what is wrong and returns; prints nothing when all is well. ##}
if [ -e /etc/haproxy/refused ]; then
  echo "haproxy goes on with its last configuration, because it refused what consul-template rendered: $(grep -m 3 '\[ALERT\]' /etc/haproxy/refused || head -n 3 /etc/haproxy/refused)"
elif [ ! -e /etc/haproxy/rendered ]; then
  echo "consul-template has rendered no configuration for haproxy yet: can it reach consul?"
fi
