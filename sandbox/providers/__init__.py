"""Resource providers of the sandbox: the same tokens as the real plugins, served in Python."""
