"""The operator's commands around a stack: init, status, ssh, clean."""
