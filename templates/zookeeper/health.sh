{## Prints what is wrong and returns; prints nothing when all is well. ##}
[ "$(timeout 2 bash -c 'exec 3<>/dev/tcp/{{ address }}/{{ client_port }}; printf ruok >&3; cat <&3' 2>/dev/null)" = imok ] ||
  { echo "zookeeper does not answer ruok on {{ address }}:{{ client_port }}"; return; }
timeout 2 bash -c 'exec 3<>/dev/tcp/{{ address }}/{{ client_port }}; printf srvr >&3; cat <&3' 2>/dev/null | grep -q '^Mode: ' ||
  echo "zookeeper has no quorum: are {{ quorum }} of the masters up, and can they reach each other on {{ peer_port }} and {{ election_port }}?"
