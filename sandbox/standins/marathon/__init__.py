"""The stand-in for Marathon."""
