node_prefix "" { policy = "write" }
service_prefix "" { policy = "write" }
agent_prefix "" { policy = "read" }
agent_prefix "slave-" { policy = "write" }
key_prefix "" { policy = "read" }
