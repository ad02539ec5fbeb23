"""The documents against the tree that they describe."""
