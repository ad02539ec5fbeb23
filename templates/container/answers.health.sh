{## Prints what is wrong and returns; prints nothing when all is well. ##}
curl -s --fail --max-time 5 -o /dev/null {{ url | quote }} || { echo "{{ name }} does not answer on {{ url }}{{ hint }}"; return; }
