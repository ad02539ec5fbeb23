"""The load balancer: a process that listens, checks its targets' health, and passes connections on to them."""
