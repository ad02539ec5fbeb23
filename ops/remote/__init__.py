"""A stack as its operator reaches it: its outputs, the login to its nodes, and connections to them."""
