"""Names, addresses and peers of every node, computed from the settings alone."""
