iptables --wait -t nat -C POSTROUTING -s {{ cidr }} ! -o weave -j MASQUERADE && echo masquerade
