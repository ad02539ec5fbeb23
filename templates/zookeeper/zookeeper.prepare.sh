# A member without data may start only after one that has data: in an ensemble that grew from one to three, two empty
# members would be a majority and would discard the data. So a new member waits for a lower ordinal that holds
# elections, or for a working ensemble.
ready() {
  local address
  for address in {{ others | join(" ", attribute="private_address") }}; do
    if ask "$address" srvr | grep -qE '^Mode: (leader|follower)$'; then return; fi
  done
  for address in {{ lower | join(" ", attribute="private_address") }}; do
    if timeout 2 bash -c "exec 3<>/dev/tcp/$address/{{ election_port }}" 2>/dev/null; then return; fi
  done
  return 1
}

ask() { # ADDRESS WORD
  timeout 2 bash -c "exec 3<>/dev/tcp/$1/{{ client_port }}; printf %s '$2' >&3; cat <&3" 2>/dev/null || true
}

if [ ! -d {{ data }}/version-2 ]; then
  deadline=$((SECONDS + {{ seconds }}))
  until ready; do
    [ "$SECONDS" -lt "$deadline" ] || nobody_to_follow
    sleep 0.5
  done
fi
