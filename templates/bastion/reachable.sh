# Wait until {{ node.name }}, a {{ instance_type }}, shows its host key to the bastion, for {{ seconds }} s at most.
# A machine that boots can drop its first connections, and through the bastion the engine would not dial again.
end=$(($(date +%s) + {{ seconds }}))
looks=0
while [ "$looks" -lt {{ looks }} ]; do
  sleep 1
  shown=$(ssh-keyscan -T 5 -t ecdsa {{ node.private_address }} 2>/dev/null | cut -d ' ' -f 2-)
  if [ "$shown" = '{{ host_key }}' ]; then
    looks=$((looks + 1))
  elif [ "$(date +%s)" -lt "$end" ]; then
    looks=0
  else
    echo '{{ node.name }}: {{ node.private_address }} did not show its host key to the bastion within {{ seconds }} s;' \
      "the last look found ${shown:-nothing}: the console of the instance shows whether it booted" >&2
    exit 1
  fi
done
