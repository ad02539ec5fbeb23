"""EC2's instance metadata service: 169.254.169.254, as the hosts reach it."""
