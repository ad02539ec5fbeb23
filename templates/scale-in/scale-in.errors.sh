{% if mesos_port %}
without_leader() { fail "mesos has no leading master: bring up a majority of the masters"; }
agents_unlisted() { fail "the leading Mesos master does not list its agents: see $mesos/slaves"; }
tasks_uncounted() { fail "the leading Mesos master does not report how many tasks run: see $mesos/metrics/snapshot"; }
agent_kept() { fail "Mesos does not remove the agent of $node (it answers $answer): see \`docker logs mesos-master\` on $mesos"; }
{% endif %}
{% if consul_port %}
members_unlisted() { fail "Consul does not answer on this node: see \`docker logs consul\`"; }
{% endif %}
