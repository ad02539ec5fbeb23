"""The stand-in for registrator."""
