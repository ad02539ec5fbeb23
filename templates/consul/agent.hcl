node_prefix "" { policy = "write" }
service_prefix "" { policy = "write" }
agent_prefix "" { policy = "read" }
key_prefix "" { policy = "read" }
