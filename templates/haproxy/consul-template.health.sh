if [ -e /etc/haproxy/refused ]; then
  echo "haproxy goes on with its last configuration; what consul-template rendered is refused: $(grep -m 3 '\[ALERT\]' /etc/haproxy/refused || head -n 3 /etc/haproxy/refused)"
elif [ ! -e /etc/haproxy/rendered ]; then
  echo "consul-template has rendered no configuration for haproxy yet: has it found consul?"
fi
