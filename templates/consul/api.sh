{## Shell: consul METHOD PATH [BODY], with the token in the variable `management`. ##}
consul() { # METHOD PATH [BODY]: prints the answer; status 1 unless it is 200
  local answer deadline=$((SECONDS + 60))
  # The token and the body come through descriptors: the list of processes would show them.
  # 5xx, such as "node is not the leader", passes when the servers have chosen another leader; 000 is no answer.
  while
    answer=$(curl -s --max-time 10 -K <(printf 'header = "X-Consul-Token: %s"\n' "$management") \
      -w '\n%{http_code}' -X "$1" {{ http }}/v1/"$2" ${3:+--data-binary @-} <<<"${3:-}") || true
    [[ ${answer##*$'\n'} = @(5??|000) ]] && [ "$SECONDS" -lt "$deadline" ]
  do
    sleep 0.5
  done
  printf '%s\n' "${answer%$'\n'*}"
  [ "${answer##*$'\n'}" = 200 ]
}
