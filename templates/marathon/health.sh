curl -s --fail --max-time 5 -o /dev/null {{ url | quote }} || echo "marathon does not answer on {{ url }}: has it found mesos and zookeeper?"
