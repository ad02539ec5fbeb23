curl -s --fail --max-time 5 -o /dev/null {{ url | quote }} || echo "scope does not answer on {{ url }}"
