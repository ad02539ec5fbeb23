until_ready() { # PROBLEM SECONDS: PROBLEM is a function that prints what is wrong, and nothing when all is well
  local deadline=$((SECONDS + $2))
  until wrong=$("$1" 2>&1) && [ -z "$wrong" ]; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.5
  done
}
