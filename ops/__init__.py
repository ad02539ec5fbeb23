"""The operator's commands around a stack: init, status, ssh, tunnel, demo, clean."""
