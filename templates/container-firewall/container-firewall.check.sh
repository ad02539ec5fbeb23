problem=$({{ command }} check)
[ -z "$problem" ] || fail "$problem"
